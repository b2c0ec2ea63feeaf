# The control plane: the rows, the handlers over a real core and store, the socket, the HTTP admin.
crs_unit(test_control_rows SOURCES unit/test_control_rows.c LINK crs_control)
foreach(name keys accounts order reports events socket http)
    crs_unit(test_control_${name}
        SOURCES unit/test_control_${name}.c unit/control_kit.c
        LINK crs_control)
endforeach()
if(TARGET test_control_socket)
    target_sources(test_control_socket PRIVATE unit/control_client.c)
endif()
