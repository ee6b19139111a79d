/* Memory that runs out: the allocation number `gp_fail_in`, counted from 0, of the program and of its libraries returns NULL. All of them
   are counted. Include in one file of a program. Under a sanitizer, which brings its own allocator, none fails or counts, and GP_CAN_FAIL
   is 0. */
#ifndef GP_FAILING_H
#define GP_FAILING_H
#include <stdbool.h>
#include <stddef.h>

static long gp_fail_in = -1; /* counted down; negative: no allocation fails */
static size_t gp_allocations;

#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__
#define GP_CAN_FAIL 1
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static bool gp_fails(void)
{
    gp_allocations++;
    return gp_fail_in >= 0 && gp_fail_in-- == 0;
}

void *malloc(size_t size)
{
    return gp_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return gp_fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return gp_fails() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return gp_fails() ? NULL : __libc_memalign(alignment, size);
}
#else
#define GP_CAN_FAIL 0
#endif

#endif
