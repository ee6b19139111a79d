/* Teams of threads: parts, meetings, layers that do not share; and training that comes out with the same bits however many there are. */
#include "gradient.h"
#include "samples.h"
#include "support.h"
#include "team.h"
#include <omp.h>
#include <stdatomic.h>

enum { ENOUGH = 100000000 }; /* work for any number of threads */

static void use(int threads)
{
    omp_set_dynamic(0);
    omp_set_num_threads(threads);
}

/* ---------------------------------------------------------------- parts */

static int owner[1000];
static size_t extent;

static void take_part(void *data)
{
    const gp_part p = *(int *)data == 0 ? gp_team_part(extent) : gp_team_columns(extent);
    ck_assert(p.first <= extent + 64 && p.count <= extent);
    for (size_t i = p.first; i < p.first + p.count; i++)
#pragma omp atomic
        owner[i]++;
}

START_TEST(parts_cover_everything_once)
{
    for (int threads = 1; threads <= 5; threads++)
        for (int columns = 0; columns <= 1; columns++)
            for (extent = 0; extent < 70; extent++) {
                use(threads);
                memset(owner, 0, sizeof owner);
                gp_team_run(ENOUGH, take_part, &columns);
                for (size_t i = 0; i < 1000; i++)
                    ck_assert_msg(owner[i] == (i < extent), "%d threads, %zu of %zu: %d times", threads, i, extent, owner[i]);
            }
}
END_TEST

static int touched[40][600];

static void touch_block(void *data)
{
    const size_t *shape = data;
    const gp_block b = gp_team_block(shape[0], shape[1]);
    for (size_t i = b.rows.first; i < b.rows.first + b.rows.count; i++)
        for (size_t j = b.cols.first; j < b.cols.first + b.cols.count; j++)
#pragma omp atomic
            touched[i][j]++;
}

START_TEST(blocks_cover_a_matrix_once)
{
    const size_t cols[] = {1, 10, 100, 127, 128, 255, 256, 300, 400, 600};
    for (int threads = 1; threads <= 4; threads++)
        for (size_t c = 0; c < sizeof cols / sizeof *cols; c++) {
            const size_t shape[] = {c * 4 + 1, cols[c]};
            use(threads);
            memset(touched, 0, sizeof touched);
            gp_team_run(ENOUGH, touch_block, (void *)shape);
            for (size_t i = 0; i < 40; i++)
                for (size_t j = 0; j < 600; j++)
                    ck_assert_int_eq(touched[i][j], i < shape[0] && j < shape[1]);
        }
}
END_TEST

/* ---------------------------------------------------------------- meetings */

static atomic_int came, alone;

static void meet(void *data)
{
    const int size = (int)gp_team_size();
    (void)data;
    for (int round = 1; round <= 300; round++) {
        atomic_fetch_add(&came, 1);
        gp_team_wait();
        ck_assert_int_eq(atomic_load(&came), round * size);
        gp_team_wait();
    }
}

START_TEST(nobody_leaves_a_meeting_before_the_last_has_come)
{
    use(3);
    atomic_store(&came, 0);
    gp_team_run(ENOUGH, meet, NULL);
    ck_assert_int_eq(atomic_load(&came), 900);
}
END_TEST

static void one(void *data)
{
    (void)data;
    ck_assert_uint_eq(gp_team_size(), 1);
    ck_assert_uint_eq(gp_team_part(100).count, 100);
    atomic_fetch_add(&alone, 1);
}

static void some(void *data)
{
    (void)data;
    gp_team_alone(one, NULL);
    gp_team_run(ENOUGH, meet, NULL); /* the same team */
    ck_assert_int_eq(atomic_load(&alone), 1);
}

START_TEST(one_thread_works_alone_and_a_job_inside_a_job_is_done_by_the_same_team)
{
    use(2);
    atomic_store(&came, 0);
    atomic_store(&alone, 0);
    gp_team_run(ENOUGH, some, NULL);
    ck_assert_int_eq(atomic_load(&alone), 1);
    ck_assert_int_eq(atomic_load(&came), 600);
    gp_team_alone(one, NULL); /* without a team it is a call */
    ck_assert_int_eq(atomic_load(&alone), 2);
}
END_TEST

static void note_size(void *data)
{
    if (gp_team_first())
        *(size_t *)data = gp_team_size();
}

START_TEST(small_work_wakes_nobody)
{
    size_t size = 0;
    use(4);
    gp_team_run(100, note_size, &size);
    ck_assert_uint_eq(size, 1);
    gp_team_run(250000, note_size, &size);
    ck_assert_uint_eq(size, 2);
    gp_team_run(ENOUGH, note_size, &size);
    ck_assert_uint_eq(size, 4);
    use(1);
    gp_team_run(ENOUGH, note_size, &size);
    ck_assert_uint_eq(size, 1);
}
END_TEST

/* ---------------------------------------------------------------- the same bits */

static gp_dataset data;

static void make_data(size_t train, size_t validation)
{
    data = (gp_dataset){.name = "of a test", .features = 300, .classes = 10};
    data.train = gp_made_up_samples(train, 300, 10, 1);
    data.validation = gp_made_up_samples(validation, 300, 10, 2);
    data.test = gp_made_up_samples(1, 300, 10, 3);
}

static gp_network *trained(const char *text, gp_optimizer_options options, size_t batch, int threads, gp_evaluation *v)
{
    gp_error error = {""};
    gp_network *net = gp_network_new(300, 1, &error);
    ck_assert_msg(net && gp_network_parse(net, text, &error) == GP_OK, "%s", error.message);
    gp_optimizer *o = gp_optimizer_new(net, options, &error);
    ck_assert_msg(o != NULL, "%s", error.message);
    const gp_train_options t = gp_train_options_with(.batch = batch, .epochs = 2, .seed = 3);
    use(threads);
    ck_assert_msg(gp_train(net, o, &data, &t, &error) == GP_OK, "%s", error.message);
    ck_assert_int_eq(gp_evaluate(net, &data.validation, v, NULL, &error), GP_OK);
    gp_optimizer_free(o);
    return net;
}

static void same_values(gp_network *a, gp_network *b, const char *what, int threads)
{
    gp_walk u = gp_chain_walk(gp_network_chain(a)), w = gp_chain_walk(gp_network_chain(b));
    while (gp_walk_parameter(&u) && gp_walk_parameter(&w))
        for (size_t i = 0; i < u.parameter->value.rows; i++)
            ck_assert_msg(memcmp(gp_row(&u.parameter->value, i), gp_row(&w.parameter->value, i),
                                 u.parameter->value.cols * sizeof(gp_real)) == 0,
                          "%s: %s differs with %d threads", what, u.parameter->name, threads);
}

static const char *const nets[] = {
    "dense:300:he_normal relu dense:100 relu dense:10",
    "dense:260:nobias batchnorm relu dense:300 batchnorm tanh dense:10",
    "dense:100 layernorm selu dense:150 rmsnorm gelu dense:10",
    "dense:64 residual:1:trained(layernorm dense:64 relu dense:64) residual(batchnorm dense:64) dense:10",
    "dense:80 prelu dense:90 prelu:0.25:shared dense:10",
    "dense:80 dropout:0.3 rrelu dense:90 alpha_dropout:0.1 dense:10"};
#ifdef GP_UNDER_VALGRIND /* which lets one thread run at a time, so that every meeting takes long */
enum { FIRST_BATCH = 2, MOST_THREADS = 2, SLOW = 1 };
#else
enum { FIRST_BATCH = 0, MOST_THREADS = 5, SLOW = 0 };
#endif
enum { NETS = sizeof nets / sizeof *nets };

START_TEST(claim_threads_change_no_bit)
{
    const size_t batches[] = {7, 32, 200};
    make_data(407, 90);
    for (size_t k = FIRST_BATCH; k < 3; k++) {
        gp_evaluation v1, v;
        gp_network *one_thread = trained(nets[_i], gp_sgd(), batches[k], 1, &v1);
        for (int threads = 2; threads <= MOST_THREADS; threads++) {
            gp_network *more = trained(nets[_i], gp_sgd(), batches[k], threads, &v);
            same_values(one_thread, more, nets[_i], threads);
            ck_assert(v.loss == v1.loss && v.accuracy == v1.accuracy);
            gp_network_free(more);
        }
        gp_network_free(one_thread);
    }
    gp_dataset_free(&data);
}
END_TEST

START_TEST(nor_with_any_optimizer)
{
    const gp_optimizer_options rule[] = {gp_momentum(), gp_nesterov(.weight_decay = 0.01), gp_adam(),
                                         gp_sgd(.clip_norm = 0.1), gp_sgd(.clip_value = 0.001)};
    make_data(300, 20);
    gp_evaluation v1, v;
    gp_network *a = trained(nets[0], rule[_i], 50, 1, &v1), *b = trained(nets[0], rule[_i], 50, 3, &v);
    same_values(a, b, "an optimizer", 3);
    gp_network_free(a), gp_network_free(b);
    gp_dataset_free(&data);
}
END_TEST

/* A layer of one's own that says nothing of teams is called once, and what it calls does the whole work. */
static int calls;

static void twice_forward(gp_layer *layer, const gp_matrix *x, gp_matrix *y, const gp_pass *pass)
{
    (void)layer, (void)pass;
    calls++;
    for (size_t i = 0; i < x->rows; i++)
        for (size_t j = 0; j < x->cols; j++)
            gp_row(y, i)[j] = 2 * gp_at(x, i, j);
}

static void twice_backward(gp_layer *layer, const gp_matrix *x, const gp_matrix *y, const gp_matrix *dy, gp_matrix *dx)
{
    (void)layer, (void)y;
    calls++;
    for (size_t i = 0; dx && i < x->rows; i++)
        for (size_t j = 0; j < x->cols; j++)
            gp_row(dx, i)[j] = 2 * gp_at(dy, i, j);
}

START_TEST(a_layer_that_knows_nothing_of_teams_is_run_by_one_thread)
{
    static const gp_layer_type twice = {.name = "twice", .forward = twice_forward, .backward = twice_backward};
    gp_matrix first[2];
    for (int threads = 1; threads <= 3; threads += 2) {
        gp_error error = {""};
        gp_network *net = gp_network_new(300, 1, &error);
        gp_matrix x;
        gp_label labels[64] = {0};
        gp_random r = gp_random_new(5);
        ck_assert_int_eq(gp_network_parse(net, "dense:200 relu", &error), GP_OK);
        ck_assert_int_eq(gp_network_add(net, gp_layer_new(&twice, sizeof(gp_layer), 200, 200, &error), &error), GP_OK);
        ck_assert_int_eq(gp_network_parse(net, "dense:10", &error), GP_OK);
        ck_assert_int_eq(gp_network_reserve(net, 64, &error), GP_OK);
        ck_assert_int_eq(gp_matrix_new(&x, 64, 300, NULL), GP_OK);
        gp_random_fill_normal(&r, &x, 0, 1);
        use(threads);
        calls = 0;
        gp_network_gradients(net, &x, labels);
        ck_assert_int_eq(calls, 2);
        const gp_matrix *g = &gp_network_layer(net, 0)->parameter[0].gradient;
        ck_assert_int_eq(gp_matrix_new(&first[threads / 2], g->rows, g->cols, NULL), GP_OK);
        gp_matrix_copy(&first[threads / 2], g);
        gp_network_free(net);
        gp_matrix_free(&x);
    }
    ck_assert_mem_eq(first[0].at, first[1].at, first[0].rows * first[0].stride * sizeof(gp_real));
    gp_matrix_free(&first[0]), gp_matrix_free(&first[1]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("team");
    TCase *t = tcase_create("team");
    tcase_set_timeout(t, 300);
    if (!SLOW) {
        tcase_add_test(t, parts_cover_everything_once);
        tcase_add_test(t, blocks_cover_a_matrix_once);
        tcase_add_test(t, nobody_leaves_a_meeting_before_the_last_has_come);
        tcase_add_test(t, one_thread_works_alone_and_a_job_inside_a_job_is_done_by_the_same_team);
        tcase_add_loop_test(t, nor_with_any_optimizer, 0, 5);
        tcase_add_test(t, a_layer_that_knows_nothing_of_teams_is_run_by_one_thread);
    }
    tcase_add_test(t, small_work_wakes_nobody);
    tcase_add_loop_test(t, claim_threads_change_no_bit, 0, SLOW ? 1 : NETS);
    suite_add_tcase(s, t);
    return gp_run_suite(s);
}
