// What the disk allows: a file that is appended to and synced, and rows that SQLite commits.

#include "limit.h"

#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static long count_groups(long records, long group) {
    if (records >= group) return records / group;
    fprintf(stderr, "scrivener-limit: fewer records than a group has\n");
    exit(64);
}

static void report(long records, long group, double *times, double took) {
    long groups = records / group;
    printf("{\"records\": %ld, \"group\": %ld, \"seconds\": %.6f, \"per_second\": %.1f", groups * group,
           group, took, groups * group / took);
    print_quantiles(times, groups);
    printf("}\n");
}

int measure_sync(const char *folder, long records, long size, long group) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/limit-sync-%d", folder, (int)getpid());
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) fail(path);
    unlink(path);
    long groups = count_groups(records, group);
    char *bytes = need(group, size);
    double *times = need(groups, sizeof *times);
    double began = seconds_now();
    double last = began;
    for (long number = 0; number < groups; number++) {
        if (write(file, bytes, group * size) != group * size) fail("write");
        if (fdatasync(file) != 0) fail("fdatasync");
        double now = seconds_now();
        times[number] = now - last;
        last = now;
    }
    report(records, group, times, last - began);
    close(file);
    free(bytes);
    free(times);
    return 0;
}

static void remove_database(const char *path) {
    char beside[PATH_MAX + 8];
    for (const char **end = (const char *[]){"", "-wal", "-shm", NULL}; *end; end++) {
        snprintf(beside, sizeof beside, "%s%s", path, *end);
        unlink(beside);
    }
}

static void check(int code, sqlite3 *database, int expected) {
    if (code == expected) return;
    fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(database));
    exit(1);
}

static void run(sqlite3 *database, const char *sql) {
    check(sqlite3_exec(database, sql, NULL, NULL, NULL), database, SQLITE_OK);
}

int measure_sqlite(const char *folder, long records, long size, long group, int synchronous) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/limit-%d.sqlite", folder, (int)getpid());
    remove_database(path);
    sqlite3 *database;
    check(sqlite3_open(path, &database), database, SQLITE_OK);
    run(database, "PRAGMA journal_mode = WAL");
    run(database, synchronous ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    run(database, "CREATE TABLE row (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL)");
    sqlite3_stmt *insert;
    check(sqlite3_prepare_v2(database, "INSERT INTO row VALUES (?, ?)", -1, &insert, NULL), database,
          SQLITE_OK);
    long groups = count_groups(records, group);
    char *bytes = need(group, size);
    double *times = need(groups, sizeof *times);
    double began = seconds_now();
    double last = began;
    for (long number = 0; number < groups; number++) {
        run(database, "BEGIN IMMEDIATE");
        sqlite3_bind_int64(insert, 1, number);
        sqlite3_bind_blob(insert, 2, bytes, (int)(group * size), SQLITE_STATIC);
        check(sqlite3_step(insert), database, SQLITE_DONE);
        sqlite3_reset(insert);
        run(database, "COMMIT");
        double now = seconds_now();
        times[number] = now - last;
        last = now;
    }
    report(records, group, times, last - began);
    sqlite3_finalize(insert);
    sqlite3_close(database);
    remove_database(path);
    free(bytes);
    free(times);
    return 0;
}
