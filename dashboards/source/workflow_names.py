"""Names of workflows where series know only their ids."""


def with_workflow_names(expr: str) -> str:
    """`expr`, which has a label sloth_id, and of objectives for each workflow the label workflow_name.

    Their ids end with the workflow's. Of a workflow that was renamed n8n tells both names until it starts again: one is taken. Where n8n does not tell names (N8N_METRICS_INCLUDE_WORKFLOW_INFO), series stay as they are.
    """
    by_id = f'label_replace({expr}, "workflow_id", "$1", "sloth_id", ".+-([A-Za-z0-9]{{16}})")'
    names = "topk by (workflow_id) (1, max by (workflow_id, workflow_name) (n8n_workflow_info))"
    return f"({by_id} * on (workflow_id) group_left (workflow_name) {names}) or on (sloth_id) ({expr})"
