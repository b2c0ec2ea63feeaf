crs_unit(test_tap SOURCES unit/test_tap.c LINK crs_meter)
crs_unit(test_opening SOURCES unit/test_opening.c LINK crs_meter)
crs_unit(test_price SOURCES unit/test_price.c LINK crs_meter)
