crs_unit(test_h1_head SOURCES unit/test_h1_head.c LINK crs_http1)
crs_unit(test_h1_body SOURCES unit/test_h1_body.c LINK crs_http1)
