crs_unit(test_dial_cancel SOURCES unit/test_dial_cancel.c LINK crs_upstream)
