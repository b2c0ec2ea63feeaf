# Golden screens: the dashboard in tmux before a real relay. Status 77: no tmux, perl or curl here.
if(BUILD_TESTING AND TARGET crs-tui)
    add_test(NAME tui_screens
        COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tui/screens.sh ${CMAKE_BINARY_DIR})
    set_tests_properties(tui_screens PROPERTIES TIMEOUT 900 SKIP_RETURN_CODE 77 LABELS slow)
endif()
