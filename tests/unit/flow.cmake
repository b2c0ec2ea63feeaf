# The walk of a request: what can be tested without a whole relay.
foreach(thing route hold fault read)
    crs_unit(test_flow_${thing} SOURCES unit/test_flow_${thing}.c LINK crs_flow)
endforeach()
