// Loaded before user-mode-linux (LD_PRELOAD) on processors whose register state is larger than it knows: with AMX the
// host's kernel takes only the whole 11 KiB (arch/x86/kernel/fpu/regset.c, xstateregs_set: EFAULT else), and
// user-mode-linux 6.1 writes back the 2696 bytes it has room for. The rest stays as it is in the process.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

// Not on the stack: those of user-mode-linux are a few pages. One is enough, it runs on one processor.
static char whole[65536];
static long (*next)(enum __ptrace_request, ...);

__attribute__((constructor)) static void find_next(void) {
  *(void **)&next = dlsym(RTLD_NEXT, "ptrace");
}

long ptrace(enum __ptrace_request request, ...) {
  va_list words;
  va_start(words, request);
  pid_t pid = va_arg(words, pid_t);
  void *addr = va_arg(words, void *);
  void *data = va_arg(words, void *);
  va_end(words);
  if (request == PTRACE_SETREGSET && (long)addr == NT_X86_XSTATE) {
    const struct iovec *given = data;
    struct iovec all = {whole, sizeof whole};
    if (next(PTRACE_GETREGSET, pid, addr, &all) == 0 && given->iov_len < all.iov_len) {
      memcpy(whole, given->iov_base, given->iov_len);
      return next(request, pid, addr, &all);
    }
  }
  return next(request, pid, addr, data);
}
