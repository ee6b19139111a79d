/* The elementary functions of the library, in both precisions: errors, ends, and the same bits everywhere. With GP_EVERY=1 the functions
   of a float are tried with every float there is (some minutes). */
#include "private/vectormath.h"
#include "support.h"

enum { FUNCTIONS = 7, BLOCK = 4096 };
typedef struct {
    const char *name;
    void (*single)(size_t n, const float *x, float *y);
    void (*twofold)(size_t n, const double *x, double *y);
    long double (*exact)(long double x);
    double low, high; /* where many doubles are tried */
    double single_ulp, twofold_ulp;
} function;

#define LOOPS(name)                                                           \
    static void name##_singles(size_t n, const float *x, float *y)            \
    {                                                                         \
        GP_SIMD                                                               \
        for (size_t i = 0; i < n; i++)                                        \
            y[i] = name##_float(x[i]);                                        \
    }                                                                         \
    static void name##_doubles(size_t n, const double *x, double *y)          \
    {                                                                         \
        GP_SIMD                                                               \
        for (size_t i = 0; i < n; i++)                                        \
            y[i] = name##_double(x[i]);                                       \
    }
LOOPS(exp)
LOOPS(expm1)
LOOPS(log)
LOOPS(log1p)
LOOPS(tanh)
LOOPS(erfc)
LOOPS(bell)

static long double exact_bell(long double x)
{
    return expl(-x * x / 2);
}

#define ROW(name, exact, ...) {#name, name##_singles, name##_doubles, exact, __VA_ARGS__}
static const function table[FUNCTIONS] = {
    ROW(exp, expl, -750, 720, 1.1, 1.1),      ROW(expm1, expm1l, -3, 3, 1.8, 2.3),
    ROW(log, logl, 0, 3, 0.9, 0.9),           ROW(log1p, log1pl, -1, 3, 1.5, 1.5),
    ROW(tanh, tanhl, -3, 3, 1.4, 1.5),        ROW(erfc, erfcl, -3, 28, 5.0, 5.0),
    ROW(bell, exact_bell, -39, 39, 1.3, 1.3),
};

/* the distance of got and want in units in the last place of want, for a type with `digits` bits whose numbers end at 2^most; infinity
   counts as the number there */
static double ulps(long double got, long double want, int digits, int least, int most)
{
    const long double end = ldexpl(1, most);
    int e;
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got) ? 0 : INFINITY;
    got = isinf(got) ? copysignl(end, got) : got;
    want = fabsl(want) > end ? copysignl(end, want) : want;
    if (want == 0 && (got != 0 || !signbit(want) != !signbit(got)))
        return INFINITY;
    frexpl(want, &e);
    if (e < least || want == 0)
        e = least;
    return (double)(fabsl(got - want) / ldexpl(1, e - digits));
}
static double ulps_of_single(float got, long double want)
{
    return ulps((long double)got, want, 24, -125, 128);
}
static double ulps_of_double(double got, long double want)
{
    return ulps((long double)got, want, 53, -1021, 1024);
}

static double worst, at;
static void note(double x, double error)
{
    if (!(error <= worst))
        worst = error, at = x;
}

/* floats number first, first + step, ... of all 2^32 */
static void try_singles(const function *f, uint64_t first, uint64_t step)
{
    static float x[BLOCK], y[BLOCK];
    worst = 0;
    for (uint64_t u = first; u < (uint64_t)1 << 32;) {
        for (size_t i = 0; i < BLOCK; i++, u += step) {
            const uint32_t bits = (uint32_t)u;
            memcpy(&x[i], &bits, sizeof bits);
        }
        f->single(BLOCK, x, y);
        for (size_t i = 0; i < BLOCK; i++)
            note((double)x[i], ulps_of_single(y[i], f->exact((long double)x[i])));
    }
}

START_TEST(claim_elementary_errors_are_as_stated)
{
    const function *f = &table[_i];
    static double x[BLOCK], y[BLOCK];
    uint64_t word = 88172645463325252u;

    if (getenv("GP_EVERY"))
        try_singles(f, 0, 1);
    else
        try_singles(f, 0, 4001); /* a prime: all exponents, all endings */
    ck_assert_msg(worst <= f->single_ulp, "%s(%a) is off by %.3f ulp (float)", f->name, at, worst);
    worst = 0;
    for (int round = 0; round < (getenv("GP_EVERY") ? 4000 : 40); round++) {
        for (size_t i = 0; i < BLOCK; i++) {
            word ^= word << 13, word ^= word >> 7, word ^= word << 17;
            if (round % 2) /* all exponents; or an interval */
                memcpy(&x[i], &word, sizeof word);
            else
                x[i] = f->low + (f->high - f->low) * ((double)(word >> 11) * 0x1p-53);
        }
        f->twofold(BLOCK, x, y);
        for (size_t i = 0; i < BLOCK; i++)
            note(x[i], ulps_of_double(y[i], f->exact((long double)x[i])));
    }
    ck_assert_msg(worst <= f->twofold_ulp, "%s(%a) is off by %.3f ulp (double)", f->name, at, worst);
}
END_TEST

/* The arguments with the largest errors that were found among all floats, and among sixteen million doubles: a change for the worse shows here
   without trying all of them. */
START_TEST(the_worst_are_known)
{
    static const struct {
        float x;
        double single_ulp, xx, twofold_ulp;
    } known[FUNCTIONS] = {
        {-0x1.7614dap+2f, 1.021, -0x1.22f0fd86070ddp+9, 1.004},  {0x1.90df8p-2f, 1.739, 0x1.72095a8a786bp-2, 2.136},
        {0x1.69cf3ep+0f, 0.840, 0x1.66dd7478da5e7p-1, 0.839},    {0x1.c67896p-2f, 1.398, 0x1.c510a0f1b190fp-2, 1.331},
        {0x1.43183ap-1f, 1.332, -0x1.412aba7f0ceb4p-1, 1.336},   {0x1.c7d25ap+1f, 4.838, 0x1.abe9bf0322ce8p+2, 4.031},
        {0x1.b5cb14p+1f, 1.174, -0x1.a006d968e298p+2, 1.172}};
    const function *f = &table[_i];
    float y;
    double z;

    f->single(1, &known[_i].x, &y);
    f->twofold(1, &known[_i].xx, &z);
    gp_assert_near(ulps_of_single(y, f->exact((long double)known[_i].x)), known[_i].single_ulp, 0.002);
    gp_assert_near(ulps_of_double(z, f->exact((long double)known[_i].xx)), known[_i].twofold_ulp, 0.002);
}
END_TEST

/* Zeros, infinities, NaN, the largest and smallest numbers, and the neighbours of the places where the method changes. */
START_TEST(ends_are_right)
{
    const function *f = &table[_i];
    static const double special[] = {
        0,      -0.0,   INFINITY, -INFINITY, NAN,  1,     -1,      0x1p-149, -0x1p-149, 0x1p-126, -0x1p-126, 0x1.fffffep127, -0x1.fffffep127,
        88.72,  88.73,  -87.33,   -87.34,    -103, -103.9, -104.1, 0.5,      0.625,     0.49999,  0.62499,   -0.5,          10.1,
        10.2,   -10.2,  14.4,     14.6,      -20,  -17.3,  0x1p-24, 0x1p-25, 1e30,      -1e30,    1e-30,     -1e-30};
    for (size_t k = 0; k < sizeof special / sizeof *special; k++) {
        float x = (float)special[k], y;
        double z;
        f->single(1, &x, &y);
        ck_assert_msg(ulps_of_single(y, f->exact((long double)x)) <= f->single_ulp, "%s(%g) is %g (float)", f->name,
                      (double)x, (double)y);
        f->twofold(1, &special[k], &z);
        ck_assert_msg(ulps_of_double(z, f->exact((long double)special[k])) <= f->twofold_ulp, "%s(%g) is %g (double)",
                      f->name, special[k], z);
    }
}
END_TEST

START_TEST(double_ends_are_right)
{
    const function *f = &table[_i];
    static const double special[] = {0x1p-1074, -0x1p-1074, 0x1.fffffffffffffp1023, -0x1.fffffffffffffp1023, 0x1p-1022, 709.78, -708.3,
                                     -708.4, -744.4, -745.2, -746, 27.2, 27.3, 27.5, 38.5, 38.6, 38.8, 0x1p-53, 0x1p-54, -36.7, -40, 20};
    for (size_t k = 0; k < sizeof special / sizeof *special; k++) {
        double z;
        f->twofold(1, &special[k], &z);
        ck_assert_msg(ulps_of_double(z, f->exact((long double)special[k])) <= f->twofold_ulp, "%s(%g) is %g", f->name,
                      special[k], z);
    }
}
END_TEST

/* One number for the bits of many results. NaN has many patterns, which are not compared. */
START_TEST(claim_elementary_functions_have_known_bits)
{
    static const uint64_t known[FUNCTIONS][2] = {
        {0x8a8c8db71c3fa5ae, 0x3b2f99abb3fa79ed}, {0xae14f7302a6d2241, 0x982bc34f2f8096d8}, {0xaa952f361a07dd89, 0x75f17e48e61eab26},
        {0x22d5472edacb2c40, 0xb44a4dfcb4c9468c}, {0x1b6209c3f3112212, 0xf8e77b0ae197bbf4}, {0x09fb4f470f82e06d, 0x9a1f67ebdddcf341},
        {0x922c92e281903d0a, 0x2ca876b56724e0b1}};
    const function *f = &table[_i];
    static float x[BLOCK], y[BLOCK];
    static double xx[BLOCK], yy[BLOCK];
    uint64_t sum[2] = {0, 0}, word = 1;

    for (uint32_t u = 0, i = 0; i < BLOCK; i++, u += (uint32_t)1 << 20)
        memcpy(&x[i], &u, sizeof u);
    f->single(BLOCK, x, y);
    for (size_t i = 0; i < BLOCK; i++) {
        word = word * 6364136223846793005u + 1442695040888963407u;
        xx[i] = f->low + (f->high - f->low) * ((double)(word >> 11) * 0x1p-53);
    }
    f->twofold(BLOCK, xx, yy);
    for (size_t i = 0; i < BLOCK; i++) {
        uint32_t bits;
        uint64_t many;
        memcpy(&bits, &y[i], sizeof bits);
        memcpy(&many, &yy[i], sizeof many);
        sum[0] = sum[0] * 6364136223846793005u + (isnan(y[i]) ? 0 : bits);
        sum[1] = sum[1] * 6364136223846793005u + (isnan(yy[i]) ? 0 : many);
    }
    ck_assert_msg(sum[0] == known[_i][0] && sum[1] == known[_i][1], "%s: {0x%016llx, 0x%016llx}", f->name, (unsigned long long)sum[0],
                  (unsigned long long)sum[1]);
}
END_TEST

/* The type of the argument chooses the function, and one number alone is rounded like one among many. */
START_TEST(the_type_chooses)
{
    for (int i = -100; i < 100; i++) {
        const float x = (float)i / 13;
        float y;
        table[0].single(1, &x, &y);
        ck_assert(exp(x) == y);
        ck_assert(exp((double)x) == exp_double((double)x));
        ck_assert(sizeof exp(x) == sizeof(float) && sizeof exp(i) == sizeof(double));
    }
}
END_TEST

/* Sixteen partial sums, written down in the plainest way; this order and no other. */
START_TEST(claim_sums_have_known_bits)
{
    gp_real x[100], lane[16], sum;
    for (int i = 0; i < 100; i++)
        x[i] = 1 / (gp_real)(3 * i + 1);
    for (size_t n = 0; n <= 100; n++) {
        memset(lane, 0, sizeof lane);
        for (size_t j = 0; j < n; j++)
            lane[j % 16] += x[j];
        for (size_t half = 8; half > 0; half /= 2)
            for (size_t l = 0; l < half; l++)
                lane[l] += lane[l + half];
        GP_SUM(sum, j, n, x[j]);
        ck_assert_msg(sum == lane[0], "the sum of %zu numbers is %a, expected %a", n, (double)sum, (double)lane[0]);
    }
#ifndef GP_DOUBLE
    ck_assert_msg(sum == 0x1.4a0cbap+1f, "%a", (double)sum);
#endif
}
END_TEST

/* The exact values are those of a long double. valgrind calculates it with the digits of a double. */
static bool long_double_is_long(void)
{
    volatile long double sum = 1;
    sum += 0x1p-60L;
    return sum > 1;
}

int main(void)
{
    Suite *suite = suite_create("vectormath");
    TCase *tests = tcase_create("vectormath");
    tcase_set_timeout(tests, getenv("GP_EVERY") ? 36000 : 300);
    if (long_double_is_long()) {
        tcase_add_loop_test(tests, claim_elementary_errors_are_as_stated, 0, FUNCTIONS);
        tcase_add_loop_test(tests, the_worst_are_known, 0, FUNCTIONS);
        tcase_add_loop_test(tests, ends_are_right, 0, FUNCTIONS);
        tcase_add_loop_test(tests, double_ends_are_right, 0, FUNCTIONS);
    } else
        printf("SKIP errors of the elementary functions: a long double of this machine, or of valgrind, is too short to judge them\n");
    tcase_add_loop_test(tests, claim_elementary_functions_have_known_bits, 0, FUNCTIONS);
    tcase_add_test(tests, the_type_chooses);
    tcase_add_test(tests, claim_sums_have_known_bits);
    suite_add_tcase(suite, tests);
    return gp_run_suite(suite);
}
