/* Loads, and exports nothing that a host looks for. */
__attribute__((visibility("default"))) int something_else(void) { return 1; }
