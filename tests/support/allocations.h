/* Counts the heap allocations of a program, the library's included, and those that were not freed yet; and lets one of them fail.
   Include in one file of a program. */
#ifndef GP_ALLOCATIONS_H
#define GP_ALLOCATIONS_H
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static atomic_size_t gp_allocations __attribute__((unused)); /* under a sanitizer nobody asks */
static __attribute__((unused)) atomic_long gp_allocated; /* made and not freed */
/* The allocation with this number finds no memory, once; 0: none. Allocations count from gp_fail_allocation on. */
static atomic_size_t gp_failing_allocation, gp_allocation_number;
static atomic_bool gp_allocation_failed;

static inline void gp_fail_allocation(size_t number)
{
    gp_failing_allocation = number;
    gp_allocation_number = 0;
    gp_allocation_failed = false;
}

/* A sanitizer and valgrind bring their own allocators; there the counts stay 0 and nothing fails. */
#if defined __GLIBC__ && !defined __SANITIZE_ADDRESS__ && !defined GP_UNDER_VALGRIND
#define GP_COUNTS_ALLOCATIONS 1
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);

static inline bool gp_no_memory(void)
{
    gp_allocations++;
    if (gp_failing_allocation == 0 || ++gp_allocation_number != gp_failing_allocation)
        return false;
    gp_allocation_failed = true;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    void *p = gp_no_memory() ? NULL : __libc_malloc(size);
    gp_allocated += p != NULL;
    return p;
}

void *calloc(size_t count, size_t size)
{
    void *p = gp_no_memory() ? NULL : __libc_calloc(count, size);
    gp_allocated += p != NULL;
    return p;
}

void *realloc(void *old, size_t size)
{
    void *p = gp_no_memory() ? NULL : __libc_realloc(old, size);
    gp_allocated += p != NULL && old == NULL;
    gp_allocated -= p == NULL && old != NULL && size == 0;
    return p;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    void *p = gp_no_memory() ? NULL : __libc_memalign(alignment, size);
    gp_allocated += p != NULL;
    return p;
}

/* The OpenMP library takes its teams from here, and ends the program if there is no memory: this one never fails,
   and is no allocation of the library's. */
void *memalign(size_t alignment, size_t size)
{
    void *p = __libc_memalign(alignment, size);
    gp_allocated += p != NULL;
    return p;
}

int posix_memalign(void **to, size_t alignment, size_t size)
{
    void *p = gp_no_memory() ? NULL : __libc_memalign(alignment, size);
    gp_allocated += p != NULL;
    if (p == NULL)
        return ENOMEM;
    *to = p;
    return 0;
}

void free(void *p)
{
    gp_allocated -= p != NULL;
    __libc_free(p);
}
#else
#define GP_COUNTS_ALLOCATIONS 0
#endif

#endif
