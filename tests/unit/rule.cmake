crs_unit(test_client SOURCES unit/test_client.c LINK crs_rule)
crs_unit(test_model SOURCES unit/test_model.c LINK crs_rule)
