# Real clients through the whole program; skipped unless CRS_CLIENTS_DIR is in the environment.
if(TARGET crs-relay AND BUILD_TESTING)
    foreach(suite setup accounts renew wrong claude codex gemini droid cloud
            refuse_claude refuse_codex refuse_gemini refuse_droid)
        add_test(NAME e2e_${suite} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/e2e/clients.sh
            $<TARGET_FILE:crs-relay> $<TARGET_FILE:crs> $<TARGET_FILE:crs-fake-upstream> ${suite})
        set_tests_properties(e2e_${suite} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 900 RUN_SERIAL ON)
    endforeach()
endif()
