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
