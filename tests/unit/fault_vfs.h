/* A SQLite VFS over the real one whose writes and syncs fail when told to. */
#ifndef CRS_FAULT_VFS_H
#define CRS_FAULT_VFS_H

#define FAULT_VFS "fault"

/* Once per process, before any database is opened. */
void fault_vfs_register(void);
/* From the n-th write or sync on (1: the next), `times` of them fail with this SQLite code. */
void fault_arm(int n, int times, int code);
/* Gives how many have failed since it was armed. */
int fault_heal(void);
#define FAULT_FOREVER 1000000000

#endif
