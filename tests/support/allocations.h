/* Counts the heap allocations of a program, the library's included. Include in one file of a program. */
#ifndef GP_ALLOCATIONS_H
#define GP_ALLOCATIONS_H
#include <stdatomic.h>
#include <stddef.h>

static atomic_size_t gp_allocations;

/* A sanitizer brings its own allocator; there the count stays 0. */
#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    gp_allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    gp_allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    gp_allocations++;
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    gp_allocations++;
    return __libc_memalign(alignment, size);
}
#endif

#endif
