// Reads the same files of the same groups as bench/sample.ts, by pread(2) on open descriptors, and parses nothing.
// Usage: sample ROUNDS < list of paths; prints nanoseconds per round over all files.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  static char buffer[32768], line[4096];
  int rounds = argc > 1 ? atoi(argv[1]) : 10, count = 0, room = 1024;
  int *files = malloc(sizeof *files * room);
  double *times = malloc(sizeof *times * rounds);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    int fd = open(line, O_RDONLY | O_CLOEXEC);
    if (fd < 0) { perror(line); return 1; }
    if (count == room) files = realloc(files, sizeof *files * (room *= 2));
    files[count++] = fd;
  }
  for (int round = 0; round < rounds; round++) {
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int i = 0; i < count; i++)
      if (pread(files[i], buffer, sizeof buffer, 0) < 0) { perror("pread"); return 1; }
    clock_gettime(CLOCK_MONOTONIC, &b);
    times[round] = (b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec);
  }
  qsort(times, rounds, sizeof *times, by_size);
  printf("%.0f\n", times[rounds / 2]);
  return 0;
}
