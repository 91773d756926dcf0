"""Several nodes; today a cluster of one."""
