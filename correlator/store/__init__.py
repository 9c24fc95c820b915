"""Where records are kept: `contract` says what a store must do, the other modules do it."""
