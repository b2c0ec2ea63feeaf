# Settings, log, letter boxes.
crs_unit(test_settings SOURCES unit/test_settings.c LINK crs_base)
crs_unit(test_log SOURCES unit/test_log.c LINK crs_base)
crs_unit(test_mailbox SOURCES unit/test_mailbox.c LINK crs_mailbox)
