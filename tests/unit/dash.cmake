# The dashboard without a terminal: keys, lines, what is known of the relay.
foreach(name keymap input model)
    crs_unit(test_dash_${name} SOURCES unit/test_dash_${name}.c LINK crs_dash)
endforeach()
