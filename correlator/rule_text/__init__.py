"""Files of rules as people write them: what patterns and objectives are read with. Pure.

yaml_fields     YAML with the line of every value; a reader of mappings that notes each mistake and goes on
mistake         what is wrong in a file, and where; what was probably meant
glob            texts with `*` for anything, matched in linear time
"""
