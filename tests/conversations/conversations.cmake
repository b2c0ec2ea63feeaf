# Conversations as data: one test a kind of account.
add_executable(crs-conversations conversations/run.c conversations/check.c conversations/walk.c
    conversations/walk_ask.c conversations/talk_names.c conversations/talk_read.c
    conversations/talk_wire.c)
target_link_libraries(crs-conversations crs_flow crs_provider PkgConfig::OPENSSL)
target_compile_definitions(crs-conversations PRIVATE CRS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
file(GLOB conversations CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/conversations/*.talk)
foreach(file ${conversations})
    get_filename_component(name ${file} NAME_WE)
    if(BUILD_TESTING)
        add_test(NAME conversations_${name} COMMAND crs-conversations ${file})
        set_tests_properties(conversations_${name} PROPERTIES TIMEOUT 600)
    endif()
endforeach()

# The same over the whole program, each once.
if(TARGET crs-relay)
    add_executable(crs-conversations-whole conversations/whole.c conversations/bytes.c
        conversations/talk_names.c conversations/talk_read.c conversations/talk_wire.c)
    target_link_libraries(crs-conversations-whole crs_rig crs_common PkgConfig::OPENSSL)
    add_dependencies(crs-conversations-whole crs-relay crs-fake-upstream)
    if(BUILD_TESTING)
        add_test(NAME conversations_whole COMMAND crs-conversations-whole $<TARGET_FILE:crs-relay>
            $<TARGET_FILE:crs-fake-upstream> ${conversations})
        set_tests_properties(conversations_whole PROPERTIES TIMEOUT 600)
    endif()
endif()
