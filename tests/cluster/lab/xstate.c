/* LD_PRELOADed into User-Mode Linux on processors with AMX.
 *
 * User-Mode Linux 6.1 keeps 2696 bytes of a guest process's extended registers: all there was before AMX. Linux
 * takes them back only in their full size (11008 bytes with AMX) and otherwise says EFAULT, which kills the guest's
 * first process. So fill up what is missing with zeros: nothing in a guest uses AMX, and its state-present bits,
 * which are in the part that is kept, stay off. Reading a shorter piece is allowed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>

#define GETREGSET 0x4204
#define SETREGSET 0x4205
#define XSTATE ((void *)0x202)

/* Static, because the stacks of User-Mode Linux are small; it never runs this twice at a time. */
static char full[65536] __attribute__((aligned(64)));

long ptrace(int request, ...)
{
    static long (*next)(int, pid_t, void *, void *);
    static size_t size;
    va_list rest;
    va_start(rest, request);
    pid_t pid = va_arg(rest, pid_t);
    void *address = va_arg(rest, void *);
    void *data = va_arg(rest, void *);
    va_end(rest);
    if (next == NULL)
        next = (long (*)(int, pid_t, void *, void *))dlsym(RTLD_NEXT, "ptrace");
    if (request == SETREGSET && address == XSTATE) {
        struct iovec *given = data;
        struct iovec all = {full, sizeof full};
        if (size == 0) {
            if (next(GETREGSET, pid, XSTATE, &all) < 0)
                return -1;
            size = all.iov_len;
        }
        if (given->iov_len < size) {
            memcpy(full, given->iov_base, given->iov_len);
            memset(full + given->iov_len, 0, size - given->iov_len);
            all.iov_len = size;
            return next(SETREGSET, pid, XSTATE, &all);
        }
    }
    return next(request, pid, address, data);
}
