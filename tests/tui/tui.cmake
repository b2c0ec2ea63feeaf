# The dashboard in tmux before a real relay: golden screens, a person's day with changing sizes and a relay
# that is killed, and many events (CRS_SOAK_EVENTS=4320000: those of 24 hours). Status 77: no tmux, perl or curl here.
if(BUILD_TESTING AND TARGET crs-tui)
    add_test(NAME tui_screens
        COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tui/screens.sh ${CMAKE_BINARY_DIR})
    # COST: it takes longest, and so begins first.
    set_tests_properties(tui_screens PROPERTIES COST 1000 TIMEOUT 900 SKIP_RETURN_CODE 77 LABELS slow)
    add_test(NAME tui_person
        COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tui/person.sh ${CMAKE_BINARY_DIR} 3)
    set_tests_properties(tui_person PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77 LABELS slow)
    add_test(NAME tui_soak COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tui/soak.sh ${CMAKE_BINARY_DIR})
    set_tests_properties(tui_soak PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77 LABELS slow)
endif()
