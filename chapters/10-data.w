@i common.w

@** Data.
\label{ch:data}
All experiments of this book learn from numbers that somebody else has
measured. This chapter brings them into memory. Reading a file is the smaller
part of that. The larger part is to find out whether the file is what it says
it is: a training on damaged images does not stop, it learns something else,
and hours later its accuracy is a little lower than it should be. So most
sections of this chapter check something, and say what they found. The data is
then standardized, which the initializers of
Chapter~\ref{ch:initialization} count on. One data set, the spirals, is made
without any file.

@* The data set.
\label{sec:dataset}
Fashion-MNIST \citep{xiao2017} is a set of 70,000 grey images of clothes, 28
by 28 pixels, in ten classes. It has the shape of the older MNIST digits, file
by file, but it is harder, and Debian ships it as a package.

To a network an image is a row of numbers. A set of samples is a matrix with a row for each
sample, and a label for each row: the number of its class, counted
from zero. The matrix may have more rows than the set has samples; the first
|count| of them are the set. The structure does not say who owns the memory. What
|gp_dataset_open| made belongs to the data set; a program may as well point to
rows of its own.

@(tangled/lib/dataset.h@>=
#pragma once
#include "matrix.h"
@#
GP_BEGIN_DECLS@;
typedef struct {
    gp_matrix x; /* at least |count| rows of |features| numbers */
    gp_label *labels; /* |count| of them, each from 0 to below |classes| */
    size_t count; /* samples; 0 is allowed where nothing is trained on */
} gp_samples;

@ A data set has three such sets. The network learns from the training set.
What somebody decides, such as a learning rate, is decided by the validation set,
and the result is measured on the test set, which nothing was decided by. All three are standardized by the
mean and the deviation of the raw training set, which are kept: whoever has a new image
needs them.

@(tangled/lib/dataset.h@>=
enum { GP_DATASET_NAME = 4096 };
typedef struct {
    char name[GP_DATASET_NAME]; /* as it was asked for */
    size_t features, classes;
    char **class_names; /* |classes| of them, or |NULL|: unknown */
    gp_samples train, validation, test;
    gp_matrix mean, deviation; /* 1 by |features|, of the raw set:
                                  $x=(\mathit{raw}-\mu)/\sigma$ */
} gp_dataset;

@ |gp_dataset_open| allocates everything that a |gp_dataset| points to, and
|gp_dataset_free| returns it. A program with data of its own may fill the
structure itself: a trainer asks for nothing but the sets, and none of its
functions keeps or frees what is in it.

A data set is asked for by name. \texttt{fashion-mnist} is the Debian
package's folder, or the folder that the environment variable
\texttt{GP\_DATA} names; \texttt{spirals} is generated here, without a file;
anything else must be a folder with four files of MNIST's names. The seed
matters to the spirals only.

@(tangled/lib/dataset.h@>=
gp_status gp_dataset_open(gp_dataset *data, const char *name, uint64_t seed,
                          gp_error *error);
    /* |GP_BAD_INPUT|: no such data, or a file is not what it should be, with
       file, place, what was expected and what was found; |GP_NO_MEMORY|.
       On failure nothing stays allocated, and |*data| is all zero. */
void gp_dataset_free(gp_dataset *data); /* what is all zero is allowed */
void gp_dataset_limit(gp_dataset *data, size_t count);
    /* the first |count| training samples from here on; 0, or more than there
       are: all. The measure stays. */
const char *gp_dataset_default(void);
    /* |"fashion-mnist"| where it is installed, else |"spirals"| */
GP_END_DECLS@;

@ The module needs zlib for the compressed files and the file system's |stat|
to tell a file from a folder. It knows nothing of networks: a data set could serve
another program as well.

@(tangled/lib/dataset.c@>=
#include "dataset.h"
#include "random.h"
#include "private/vectormath.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
@<Limits of an IDX file@>@;

@*1 Reading a file that may lie.
\label{sec:idx}
MNIST's files are in the IDX format: four bytes of magic, of which the third
says the type of a value (8: unsigned bytes) and the fourth the number of
dimensions; then each dimension as four bytes, the highest first; then the
values. Table by table:

\begin{center}
\begin{tabular}{lll}
\toprule
byte & images & labels \\
\midrule
0 & magic 00 00 08 03 & magic 00 00 08 01 \\
4 & number of images & number of labels \\
8 & rows of an image & the labels, a byte each \\
12 & columns of an image & \\
16 & the pixels, a byte each & \\
\bottomrule
\end{tabular}
\end{center}

The training images of Fashion-MNIST begin with the bytes
\texttt{00 00 08 03}, \texttt{00 00 ea 60}, \texttt{00 00 00 1c},
\texttt{00 00 00 1c}: sixty thousand images ($234\cdot256+96$) of 28 rows and 28 columns. Then
47,040,000 bytes of pixels must follow, and nothing else.

A header can promise anything. A program that believes it multiplies three numbers
from a stranger, allocates the product and reads that many bytes into it; a
product that wraps around becomes small, and the bytes are written behind the
end. So each number is checked against a limit before anything is multiplied or
allocated. The limits are far beyond the book's data, and small enough that no
product of them overflows 64 bits.

@<Limits of an IDX file@>=
enum {
    MOST_SAMPLES = 1 << 24, /* images in a file */
    MOST_SIDE = 4096, /* rows, or columns, of an image */
    MOST_BYTES = 1 << 30, /* pixels in a file */
    FIRST_CHUNK = 1 << 20 /* bytes asked for before the first byte came */
};

@ A reader knows its file, how far it has come, and where to complain. zlib's
|gzFile| reads plain and compressed files alike, so |at| counts bytes after
decompression: the places in the table above, and not those of the compressed
file, in which nobody could look them up.

@(tangled/lib/dataset.c@>=
typedef struct {
    char path[4096];
    gzFile file;
    uint64_t at; /* the next byte's place */
    gp_error *error;
} reader;

@ A complaint names the file, the byte, what was expected and what was found.
There is one function for it, so that no message can forget one of the four.
Whoever reads ``byte 4: expected 60000 labels as there are images, found
10000'' knows at once that the label file of the test set was put in the wrong
place.

@(tangled/lib/dataset.c@>=
static gp_status complain(const reader *r, uint64_t at, const char *expected,
                          const char *found)
{
    return gp_fail(r->error, GP_BAD_INPUT,
                   "%s: byte %llu: expected %s, found %s", r->path,
                   (unsigned long long)at, expected, found);
}

@ The path of a file is the folder's with the name behind it. Printing into an
array that is too short cuts the text off without a word. The program would
then look for a file that nobody asked for, and say that it is not there; or,
worse, find one. So the length that |snprintf| returns is compared with the room.

@(tangled/lib/dataset.c@>=
static gp_status set_path(reader *r, const char *folder, const char *name,
                          const char *ending)
{
    int length = snprintf(r->path, sizeof r->path, "%s/%s%s", folder, name,
                          ending);
    if (length >= 0 && (size_t)length < sizeof r->path)
        return GP_OK;
    return gp_fail(r->error, GP_BAD_INPUT, "%.64s...: expected a path of less "
                   "than %zu characters, found one of %d", folder,
                   sizeof r->path, length);
}

@ Before zlib sees a file, |stat| says whether it is one. A folder, a device
and an empty file each have their own message, for zlib would report all three
as an unexpected end. A compressed file is preferred
only where the plain one is missing: somebody who has unpacked a file, and
changed it, wants to see the change.

@(tangled/lib/dataset.c@>=
static gp_status find_file(reader *r, const char *folder, const char *name)
{
    struct stat s;
    gp_status status = set_path(r, folder, name, "");
    if (status == GP_OK && stat(r->path, &s) != 0 && errno == ENOENT) {
        status = set_path(r, folder, name, ".gz");
        if (status == GP_OK && stat(r->path, &s) != 0 && errno == ENOENT)
            return gp_fail(r->error, GP_BAD_INPUT,
                "%s/%s: expected this file, or the same name with .gz, "
                "found neither", folder, name);
    }
    if (status != GP_OK)
        return status;
    @<Refuse what is not a file with bytes in it@>@;
    return GP_OK;
}

@ A link may point nowhere, and a folder may forbid a look inside; then the
system's own words are passed on. A device or a pipe is refused as well, since it
may have no end.

@<Refuse what is not a file with bytes in it@>=
if (stat(r->path, &s) != 0)
    return gp_fail(r->error, GP_BAD_INPUT, "%s: %s", r->path,
                   strerror(errno));
if (!S_ISREG(s.st_mode))
    return complain(r, 0, "a file",
                    S_ISDIR(s.st_mode) ? "a folder" : "something else");
if (s.st_size == 0)
    return complain(r, 0, "an IDX header", "an empty file");

@ zlib needs memory, and where there is none it fails like a file that is
damaged. Telling somebody that a good file is bad sends him on a long search, so
every failure of zlib is looked at for this cause first. A test lets every
single allocation of this module fail once and reads the message.

@(tangled/lib/dataset.c@>=
static gp_status no_memory(const reader *r)
{
    return gp_fail(r->error, GP_NO_MEMORY, "%s: no memory to read it",
                   r->path);
}
static bool out_of_memory(const reader *r)
{
    int code;
    gzerror(r->file, &code);
    return code == Z_MEM_ERROR;
}

@ zlib passes a file that is not compressed through unchanged. That is welcome
for a plain file; a name that ends in \texttt{.gz} promises more, and
|gzdirect| tells whether the promise was kept. A download that ended as a page
of HTML with the words ``not found'' has such a name and is no such file. The buffer of zlib is
made larger than its usual 8 KB, because 47 MB are read in one go.

@(tangled/lib/dataset.c@>=
static gp_status open_file(reader *r, const char *folder, const char *name)
{
    gp_status status = find_file(r, folder, name);
    if (status != GP_OK)
        return status;
    errno = 0;
    r->file = gzopen(r->path, "rb");
    if (r->file == NULL && (errno == 0 || errno == ENOMEM))
        return no_memory(r);
    if (r->file == NULL)
        return gp_fail(r->error, GP_BAD_INPUT, "%s: cannot be opened: %s",
                       r->path, strerror(errno));
    gzbuffer(r->file, 1 << 17);
    @<Refuse a file that only calls itself compressed@>@;
    return GP_OK;
}

@ |gzdirect| looks at the first bytes of the file, for which zlib allocates its
buffers. That can fail for lack of memory, and a failure looks like a file that
is not compressed. So the cause is asked for before the answer is believed.

@<Refuse a file that only calls itself compressed@>=
int plain = gzdirect(r->file);
size_t length = strlen(r->path);
if (out_of_memory(r))
    return no_memory(r);
if (strcmp(r->path + length - 3, ".gz") == 0 && plain)
    return complain(r, 0, "gzip data (1f 8b)", "something else");

@ Fewer bytes than asked for have two causes: the file ended, or zlib met data
that it cannot decompress. A damaged file often reports itself only here,
thousands of images after the damage, since a decoder goes on until nothing
fits any more. For an end the message says how many bytes were still there; for damage it passes on
what zlib says.

@(tangled/lib/dataset.c@>=
static gp_status read_bytes(reader *r, void *to, size_t count,
                            const char *what)
{
    int got = gzread(r->file, to, (unsigned)count), code;
    if (got >= 0 && (size_t)got == count) {
        r->at += count;
        return GP_OK;
    }
    if (out_of_memory(r))
        return no_memory(r);
    const char *message = gzerror(r->file, &code);
    char expected[96], found[96];
    snprintf(expected, sizeof expected, "%zu bytes of %s", count, what);
    snprintf(found, sizeof found, "%d, then the end of the file", got);
    return complain(r, r->at, expected, code == Z_OK ? found : message);
}

@ A number of the header is four bytes, the highest first, whatever the order of
this machine's own numbers is. It is put together by shifts, which mean the
same everywhere, and then held against its limits. Zero is refused as well: no
images, or images without rows, cannot have been meant.

@(tangled/lib/dataset.c@>=
static gp_status read_number(reader *r, const char *what, size_t most,
                             size_t *value)
{
    unsigned char b[4];
    char expected[96], found[32];
    gp_status status = read_bytes(r, b, sizeof b, what);
    if (status != GP_OK)
        return status;
    *value = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8
             | b[3];
    if (*value >= 1 && *value <= most)
        return GP_OK;
    snprintf(expected, sizeof expected, "%s from 1 to %zu", what, most);
    snprintf(found, sizeof found, "%zu", *value);
    return complain(r, r->at - 4, expected, found);
}

@ The magic is compared as a whole, since a file of labels given for one of
images is the likeliest mistake. The message shows all four bytes, and anybody
who knows the table above can see from them what the file is: \texttt{08 01} are
labels, and \texttt{1f 8b} begins a compressed file.

@(tangled/lib/dataset.c@>=
static gp_status read_magic(reader *r, unsigned char dimensions)
{
    unsigned char b[4];
    char expected[64], found[64];
    gp_status status = read_bytes(r, b, sizeof b, "magic");
    if (status != GP_OK)
        return status;
    if (b[0] == 0 && b[1] == 0 && b[2] == 8 && b[3] == dimensions)
        return GP_OK;
    snprintf(expected, sizeof expected, "magic 00 00 08 %02x", dimensions);
    snprintf(found, sizeof found, "%02x %02x %02x %02x", b[0], b[1], b[2],
             b[3]);
    return complain(r, 0, expected, found);
}

@ The values come last. A header may promise a gigabyte that the file does not
hold, so memory grows with the bytes that have come: the buffer doubles from
one mebibyte, and never exceeds twice what was really there. A file of twenty
bytes that promises a billion pixels thus costs one mebibyte and a message.
Doubling keeps the copying cheap: on average a byte is moved at most once,
however large the file is.
@^lying headers@>

@(tangled/lib/dataset.c@>=
static gp_status read_values(reader *r, size_t count, const char *what,
                             uint8_t **values)
{
    size_t have = 0, room = 0;
    while (have < count) {
        if (have == room) {
            @<Double the |room| for values@>@;
        }
        gp_status status = read_bytes(r, *values + have, room - have, what);
        if (status != GP_OK)
            return status;
        have = room;
    }
    return GP_OK;
}

@ The last doubling stops at the promise, so that a file that keeps it wastes
nothing. If there is no memory the old buffer stays with its owner, who frees
it.

@<Double the |room| for values@>=
room = room == 0 ? FIRST_CHUNK : 2 * room;
if (room > count)
    room = count;
uint8_t *larger = realloc(*values, room);
if (larger == NULL)
    return gp_fail(r->error, GP_NO_MEMORY,
                   "%s: no memory for %zu bytes of %s", r->path, room, what);
*values = larger;

@ After the last value the file must end. A file that goes on was written by a
program that counts otherwise than its header does, and then one of the two is
wrong. Asking for one byte more also makes zlib compare its checksum, which it
does at the end only: without this call the last damaged block of a file would
go unnoticed.

@(tangled/lib/dataset.c@>=
static gp_status read_end(reader *r)
{
    unsigned char b;
    int code, got = gzread(r->file, &b, 1);
    if (got == 1)
        return complain(r, r->at, "the end of the file",
                        "more bytes than the header promised");
    const char *message = gzerror(r->file, &code);
    if (code == Z_MEM_ERROR)
        return no_memory(r);
    return code == Z_OK ? GP_OK : complain(r, r->at, "the end", message);
}

@ A pair of files makes one set: images and their labels, still as bytes. Both
sides of an image are kept beside their product, because two data sets can
agree in the product and in nothing else.

@(tangled/lib/dataset.c@>=
typedef struct {
    uint8_t *pixels, *labels;
    size_t count, rows, cols; /* images, and the sides of one */
    size_t features, classes; /* pixels of an image; one more than the
                                 largest label */
} raw_set;

@ The four numbers of an image file come in their order, and the first that is
wrong ends the reading. The number of pixels is compared by division; the
product of two lying numbers might wrap around and look small, and a quotient
cannot.

@(tangled/lib/dataset.c@>=
static gp_status read_images(reader *r, raw_set *raw)
{
    gp_status s = read_magic(r, 3);
    if (s == GP_OK)
        s = read_number(r, "a count of images", MOST_SAMPLES, &raw->count);
    if (s == GP_OK)
        s = read_number(r, "a count of rows", MOST_SIDE, &raw->rows);
    if (s == GP_OK)
        s = read_number(r, "a count of columns", MOST_SIDE, &raw->cols);
    raw->features = raw->rows * raw->cols;
    if (s == GP_OK && raw->count > MOST_BYTES / raw->features)
        s = complain(r, 4, "at most 1073741824 pixels in all", "more");
    if (s == GP_OK)
        s = read_values(r, raw->count * raw->features, "pixels", &raw->pixels);
    return s == GP_OK ? read_end(r) : s;
}

@ The labels must be as many as the images. This is the lie that would do the
most harm unseen: every image would have some label, and most a wrong one. The
network would learn what little there is to learn from that, and the fault would be looked for in
the network.

@(tangled/lib/dataset.c@>=
static gp_status read_labels(reader *r, raw_set *raw)
{
    size_t count = 0;
    char expected[64], found[32];
    gp_status s = read_magic(r, 1);
    if (s == GP_OK)
        s = read_number(r, "a count of labels", MOST_SAMPLES, &count);
    if (s == GP_OK && count != raw->count) {
        snprintf(expected, sizeof expected, "%zu labels as there are images",
                 raw->count);
        snprintf(found, sizeof found, "%zu", count);
        return complain(r, 4, expected, found);
    }
    if (s == GP_OK)
        s = read_values(r, count, "labels", &raw->labels);
    return s == GP_OK ? read_end(r) : s;
}

@ The number of classes is not written in the files. It is one more than the
largest label of the training set; a class that has no training sample at the
end of the range is then unknown, and nothing could be learned about it. A label of the test set
beyond that is an error, with its place: the network will have no output for it.

@(tangled/lib/dataset.c@>=
static gp_status count_classes(const reader *r, raw_set *raw, size_t known)
{
    char expected[64], found[32];
    for (size_t i = 0; i < raw->count; i++) {
        size_t label = raw->labels[i];
        if (known != 0 && label >= known) {
            snprintf(expected, sizeof expected, "a label below %zu", known);
            snprintf(found, sizeof found, "%zu", label);
            return complain(r, 8 + i, expected, found);
        }
        if (label >= raw->classes)
            raw->classes = label + 1;
    }
    return GP_OK;
}

@ Whatever happens, each file is closed, and the caller frees what |raw|
holds. |prefix| is \texttt{train} or \texttt{t10k}, MNIST's names for its two
halves. |classes| is the number of classes that the labels may come from, or 0
for the training set, which decides it.

@(tangled/lib/dataset.c@>=
static gp_status read_set(const char *folder, const char *prefix,
                          size_t classes, raw_set *raw, gp_error *error)
{
    char name[64];
    reader r = {@[.error@] = error};
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefix);
    gp_status s = open_file(&r, folder, name);
    if (s == GP_OK)
        s = read_images(&r, raw);
    if (r.file != NULL)
        gzclose(r.file);
    if (s == GP_OK) {
        @<Read the labels that belong to the images@>@;
    }
    return s;
}

@ The second file goes the way of the first, with a reader of its own, so that a
complaint names the right one. The classes are counted when all labels have
been read: a file that is cut off is told as that, and not as one of few
classes.

@<Read the labels that belong to the images@>=
reader l = {@[.error@] = error};
snprintf(name, sizeof name, "%s-labels-idx1-ubyte", prefix);
s = open_file(&l, folder, name);
if (s == GP_OK)
    s = read_labels(&l, raw);
if (s == GP_OK)
    s = count_classes(&l, raw, classes);
if (l.file != NULL)
    gzclose(l.file);

@*1 Standardizing.
\label{sec:standardize}
A pixel is a number from 0 to 255.
Chapter~\ref{ch:initialization} derived its variances for inputs of mean 0 and
variance 1; with raw pixels every unit of the first layer would begin far from
zero, and sigmoid units in their flat ends. So each pixel is shifted by its mean and divided by its standard
deviation. Both are taken over the training set alone: a test image must not have
a say in how it is measured, because in earnest the images to be judged come one at a time, later.

As an example, let a pixel be 0, 0, 30 and 90 in four training images. Its mean is
30, its deviation $\sqrt{(900+900+0+3600)/4}=36.7$, and it becomes $-0.82$, $-0.82$,
0 and $1.63$. A test image in which it is 60 gets $30/36.7=0.82$. A pixel that
never changes has deviation 0; it is divided by 1 instead, and stays 0.

Sums run in |double|. Over 55,000 bytes a |float| would lose the last digits
of the mean.

@(tangled/lib/dataset.c@>=
static gp_status measure(gp_dataset *data, gp_error *error)
{
    const gp_samples *t = &data->train;
    size_t n = data->features;
    double *sum = calloc(2 * n, sizeof *sum);
    if (sum == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for %zu sums", n);
    @<Set |mean| from the sums of the columns@>@;
    @<Set |deviation| from the sums of squares@>@;
    free(sum);
    return GP_OK;
}

@ One pass over the rows, in the order in which they lie in memory; a loop over
columns first would jump from row to row, and fetch each row's memory again for
every column. The sums of all columns are kept side by side, so that the inner
loop runs over neighbours.

@<Set |mean| from the sums of the columns@>=
for (size_t i = 0; i < t->count; i++) {
    const gp_real *x = gp_row(&t->x, i);
    GP_SIMD
    for (size_t j = 0; j < n; j++)
        sum[j] += (double)x[j];
}
for (size_t j = 0; j < n; j++) {
    sum[j] /= (double)t->count;
    data->mean.at[j] = (gp_real)sum[j];
}

@ The mean is subtracted before squaring. The other formula, the mean of the
squares less the square of the mean, needs one pass instead of two and loses
digits where the mean is large against the deviation: both terms are then nearly
equal, and their difference is made of rounding errors. The sum is divided by $n$ and not
by $n-1$, since it describes these samples and estimates nothing.

@<Set |deviation| from the sums of squares@>=
for (size_t i = 0; i < t->count; i++) {
    const gp_real *x = gp_row(&t->x, i);
    GP_SIMD
    for (size_t j = 0; j < n; j++)
        sum[n + j] += ((double)x[j] - sum[j]) * ((double)x[j] - sum[j]);
}
for (size_t j = 0; j < n; j++) {
    double deviation = sqrt(sum[n + j] / (double)t->count);
    data->deviation.at[j] = (gp_real)(deviation > 0 ? deviation : 1);
}

@ Validation and test samples are measured with the training set's ruler, so the
function takes the measure from the data set and not from the samples. After it
their means are near zero and not exactly zero, as it should be.

@(tangled/lib/dataset.c@>=
static void standardize(gp_samples *s, const gp_dataset *data)
{
    const gp_real *mean = data->mean.at, *deviation = data->deviation.at;
    for (size_t i = 0; i < s->count; i++) {
        gp_real *x = gp_row(&s->x, i);
        GP_SIMD
        for (size_t j = 0; j < data->features; j++)
            x[j] = (x[j] - mean[j]) / deviation[j];
    }
}

@*1 Opening.
Both kinds of data set are filled raw and standardized by the same lines. First
the room is made: for a set of samples its labels and its matrix. The count is
entered when the labels exist, so that a set is never larger than what it
points to.

@(tangled/lib/dataset.c@>=
static gp_status reserve_samples(gp_samples *s, size_t count, size_t features,
                                 gp_error *error)
{
    s->labels = malloc(count * sizeof *s->labels);
    if (s->labels == NULL)
        return gp_fail(error, GP_NO_MEMORY, "no memory for %zu labels",
                       count);
    s->count = count;
    return gp_matrix_new(&s->x, count, features, error);
}

@ The three sets and the two rows of the measure are one step for the caller.
Whatever of this was allocated when something fails is freed by
|gp_dataset_free|, which does not mind what was not.

@(tangled/lib/dataset.c@>=
static gp_status reserve_dataset(gp_dataset *d, size_t train,
                                 size_t validation, size_t test,
                                 gp_error *error)
{
    gp_status s = reserve_samples(&d->train, train, d->features, error);
    if (s == GP_OK)
        s = reserve_samples(&d->validation, validation, d->features, error);
    if (s == GP_OK)
        s = reserve_samples(&d->test, test, d->features, error);
    if (s == GP_OK)
        s = gp_matrix_new(&d->mean, 1, d->features, error);
    if (s == GP_OK)
        s = gp_matrix_new(&d->deviation, 1, d->features, error);
    return s;
}

@ Where do 55,000 training images come from, when the file has 60,000?
G\'eron's second edition \citep{geron2019} takes the first 5,000 for
validation and trains on the rest. (His third edition takes the last 5,000.)
This book follows the second, whose numbers it compares with: the first
twelfth of the training file is the validation set. In smaller files it is a
twelfth as well. The copy turns bytes into |gp_real|s and labels into |gp_label|s.

@(tangled/lib/dataset.c@>=
static void fill_samples(gp_samples *to, const raw_set *raw, size_t first)
{
    for (size_t i = 0; i < to->count; i++)
        to->labels[i] = raw->labels[first + i];
    for (size_t i = 0; i < to->count; i++) {
        const uint8_t *pixel = raw->pixels + (first + i) * raw->features;
        gp_real *x = gp_row(&to->x, i);
        GP_SIMD
        for (size_t j = 0; j < raw->features; j++)
            x[j] = (gp_real)pixel[j];
    }
}

@ The validation images come first in the file, and the training images follow
them. The test set is a file of its own and is taken whole. Nothing is
shuffled here: the samples keep the order of their file, so that sample 17 of
the training set is image 5017 of the file for every reader.

@(tangled/lib/dataset.c@>=
static gp_status fill_from_files(gp_dataset *d, const raw_set *train,
                                 const raw_set *test, gp_error *error)
{
    size_t held = train->count / 12;
    d->features = train->features;
    d->classes = train->classes;
    gp_status s = reserve_dataset(d, train->count - held, held, test->count,
                                  error);
    if (s != GP_OK)
        return s;
    fill_samples(&d->validation, train, 0);
    fill_samples(&d->train, train, held);
    fill_samples(&d->test, test, 0);
    return GP_OK;
}

@ A folder whose training images have one size and whose test images another
is two data sets. Both sides are compared: images of 2 by 3 pixels have as many
pixels as images of 3 by 2, and nothing else in common. A training set of fewer
than twelve samples would leave nothing for validation, and one class would
leave nothing to learn.

@(tangled/lib/dataset.c@>=
static gp_status check_sets(const char *folder, const raw_set *train,
                            const raw_set *test, gp_error *error)
{
    if (train->rows != test->rows || train->cols != test->cols)
        return gp_fail(error, GP_BAD_INPUT,
            "%s: expected test images of %zu x %zu pixels as in the training "
            "set, found %zu x %zu", folder, train->rows, train->cols,
            test->rows, test->cols);
    if (train->count < 12 || train->classes < 2)
        return gp_fail(error, GP_BAD_INPUT,
            "%s: expected 12 training images of 2 classes at least, found "
            "%zu of %zu", folder, train->count, train->classes);
    return GP_OK;
}

@ Fashion-MNIST's authors gave its classes names, which a table or a prediction
can print instead of numbers. They are copied to the heap, so that the names of
all data sets are freed alike, whether a program was compiled with them or read
them from a file.

@(tangled/lib/dataset.c@>=
static gp_status name_classes(gp_dataset *d, const char *const *names,
                              gp_error *error)
{
    d->class_names = calloc(d->classes, sizeof *d->class_names);
    bool ok = d->class_names != NULL;
    for (size_t k = 0; ok && k < d->classes; k++) {
        d->class_names[k] = strdup(names[k]);
        ok = d->class_names[k] != NULL;
    }
    return ok ? GP_OK : gp_fail(error, GP_NO_MEMORY, "no memory for the "
                                "names of %zu classes", d->classes);
}

@ The bytes are needed only until the samples are filled. They are freed here,
at the one place where all four arrays are known, whether things went well or
not: |free| does nothing with those that were never read. For a moment bytes and
numbers are in memory together; that is the most that this module needs.

@(tangled/lib/dataset.c@>=
static gp_status open_folder(gp_dataset *d, const char *folder,
                             gp_error *error)
{
    raw_set train = {0}, test = {0};
    gp_status s = read_set(folder, "train", 0, &train, error);
    if (s == GP_OK)
        s = read_set(folder, "t10k", train.classes, &test, error);
    if (s == GP_OK)
        s = check_sets(folder, &train, &test, error);
    if (s == GP_OK)
        s = fill_from_files(d, &train, &test, error);
    free(train.pixels);
    free(train.labels);
    free(test.pixels);
    free(test.labels);
    return s;
}

@*1 Spirals.
\label{sec:spirals}
A data set of 47 megabytes is a poor companion for the first attempts. One that
is made here runs in a second, needs no file and can be drawn. Three arms wind
around the origin, one a class. No line separates them, so a
network without a hidden layer fails, and two hidden layers of a few units
succeed: a test of everything. A point at radius $r$ of arm $k$ stands at the angle
$2\pi k/3 + 4r$, blurred by normal noise of deviation 0.2. The radius is uniform
from 0 to 1, so the arms are densest where they meet.

@(tangled/lib/dataset.c@>=
static void fill_spirals(gp_samples *s, gp_random r)
{
    for (size_t i = 0; i < s->count; i++) {
        double radius = gp_random_uniform(&r);
        double noise = 0.2 * gp_random_normal(&r);
        double angle = 2.0943951023931953 * (double)(i % 3) + 4 * radius
                       + noise;
        gp_real *x = gp_row(&s->x, i);
        s->labels[i] = (gp_label)(i % 3);
        x[0] = (gp_real)(radius * sin(angle));
        x[1] = (gp_real)(radius * cos(angle));
    }
}

@ Each of the three sets has a stream of its own, so that a change of one
size would leave the others as they are. The sizes are multiples of three, so that all classes are equally large.

@(tangled/lib/dataset.c@>=
static gp_status open_spirals(gp_dataset *d, uint64_t seed, gp_error *error)
{
    gp_random r = gp_random_new(seed);
    d->features = 2;
    d->classes = 3;
    gp_status s = reserve_dataset(d, 3000, 750, 750, error);
    if (s != GP_OK)
        return s;
    fill_spirals(&d->train, gp_random_split(&r, 1));
    fill_spirals(&d->validation, gp_random_split(&r, 2));
    fill_spirals(&d->test, gp_random_split(&r, 3));
    return GP_OK;
}

@ A name is tried as a folder before it is called unknown. Links are followed:
what counts is what one finds there.

@(tangled/lib/dataset.c@>=
static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

@ The folder of Debian's package stands last: an environment variable wins, and
an empty one counts as none. A program that was given no name takes
Fashion-MNIST where it is installed and the spirals elsewhere, so that it runs on every machine; the name
of the data it took is part of what it prints.

@(tangled/lib/dataset.c@>=
static const char *fashion_folder(void)
{
    const char *chosen = getenv("GP_DATA");
    return chosen != NULL && *chosen != '\0'
               ? chosen
               : "/usr/share/datasets/fashion-mnist";
}
const char *gp_dataset_default(void)
{
    return is_folder(fashion_folder()) ? "fashion-mnist" : "spirals";
}

@ A name that is none of ours and no folder is answered with the names that
would have been. The message tells a file from nothing at all, since giving the
path of one of the four files instead of their folder is an easy slip.

@(tangled/lib/dataset.c@>=
static gp_status open_by_name(gp_dataset *d, const char *name, uint64_t seed,
                              gp_error *error)
{
    struct stat s;
    if (strcmp(name, "spirals") == 0)
        return open_spirals(d, seed, error);
    if (strcmp(name, "fashion-mnist") == 0) {
        @<Open the folder of Fashion-MNIST@>@;
    }
    if (is_folder(name))
        return open_folder(d, name, error);
    return gp_fail(error, GP_BAD_INPUT,
        "%s: expected fashion-mnist, spirals or a folder, found %s", name,
        stat(name, &s) == 0 ? "a file" : "no such data set");
}

@ Where the package is missing, the message says all three ways to go on. A
folder that \texttt{GP\_DATA} names may hold other images; then its number of
classes is another, most likely, and they stay without names.

@<Open the folder of Fashion-MNIST@>=
static const char *const clothes[] = {"T-shirt/top", "Trouser", "Pullover",
    "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};
const char *folder = fashion_folder();
if (is_folder(folder)) {
    gp_status status = open_folder(d, folder, error);
    return status == GP_OK && d->classes == 10
        ? name_classes(d, clothes, error) : status;
}
return gp_fail(error, GP_BAD_INPUT,
    "%s: expected the folder of Fashion-MNIST, found none; install Debian's "
    "package dataset-fashion-mnist, set GP_DATA, or take spirals", folder);

@ Opening is the last function because it calls all others: it finds the
data, measures the training set, and standardizes all three sets by that. On
failure nothing stays allocated, and |*data| is all zero. 
@(tangled/lib/dataset.c@>=
gp_status gp_dataset_open(gp_dataset *data, const char *name, uint64_t seed,
                          gp_error *error)
{
    memset(data, 0, sizeof *data);
    @<Keep the data set's name, or refuse it@>@;
    gp_status s = open_by_name(data, name, seed, error);
    if (s == GP_OK)
        s = measure(data, error);
    if (s != GP_OK) {
        gp_dataset_free(data);
        return s;
    }
    standardize(&data->train, data);
    standardize(&data->validation, data);
    standardize(&data->test, data);
    return GP_OK;
}

@ The name is kept as it was asked for, for messages and for checkpoints, which
find the data again by it. Half a path would find something else or nothing, so
one that does not fit is refused before anything is read.

@<Keep the data set's name, or refuse it@>=
const size_t length = strlen(name);
if (length >= sizeof data->name)
    return gp_fail(error, GP_BAD_INPUT, "data '%.64s...': expected a name "
                   "of less than %zu characters, found %zu", name,
                   sizeof data->name, length);
memcpy(data->name, name, length + 1);

@ Experiments on few samples (Chapter~\ref{ch:relu-family} overfits on purpose) cut
the training set. The measure stays that of the whole, so that the images look
the same to the network whether it sees a hundred of them or all. Only the
counts change; the memory is freed with the rest.

@(tangled/lib/dataset.c@>=
void gp_dataset_limit(gp_dataset *data, size_t count)
{
    if (count > 0 && count < data->train.count) {
        data->train.count = count;
        data->train.x.rows = count;
    }
}

@ Freeing leaves the structure all zero, so that it may be freed twice, and what
still points into it finds no samples instead of memory that belongs to
somebody else by now.

@(tangled/lib/dataset.c@>=
void gp_dataset_free(gp_dataset *data)
{
    gp_samples *all[3] = {&data->train, &data->validation, &data->test};
    for (int k = 0; k < 3; k++) {
        gp_matrix_free(&all[k]->x);
        free(all[k]->labels);
    }
    for (size_t k = 0; data->class_names != NULL && k < data->classes; k++)
        free(data->class_names[k]);
    free(data->class_names);
    gp_matrix_free(&data->mean);
    gp_matrix_free(&data->deviation);
    memset(data, 0, sizeof *data);
}

@* Exercises.
The exercise of this chapter is a repair: such a program runs, reports good
numbers, and is wrong.

@ \begin{exercise}{10-test-statistics}{15}{2}
\textbf{A test set that standardizes itself.} This function standardizes the
columns of a training set and of a test set: each feature gets mean 0 and
deviation 1, in both. That is the mistake. A test set of one image would become
all zeros; and a network must not learn about a day's images from the other
images of the day (Section~\ref{sec:standardize}). Repair it so that one and
the same map is applied to both. A feature that never changes in the training
set is shifted only. Matrices have a sample in each row.
\end{exercise}
@(tangled/exercises/10-test-statistics.c@>=
#include "exercise.h"
#include <math.h>
@#
#define COLUMN(i) x[(i) * features + j]
@#
static void map_column(size_t features, size_t j, size_t n, double *x,
                       double mean, double deviation)
{
    for (size_t i = 0; i < n; i++)
        COLUMN(i) = (COLUMN(i) - mean) / (deviation > 0 ? deviation : 1);
}
@#
static void measure_column(size_t features, size_t j, size_t n,
                           const double *x, double *mean,
                           double *deviation)
{
    double square = 0;
    *mean = 0;
    for (size_t i = 0; i < n; i++)
        *mean += COLUMN(i) / n;
    for (size_t i = 0; i < n; i++)
        square += (COLUMN(i) - *mean) * (COLUMN(i) - *mean) / n;
    *deviation = sqrt(square);
}
@#
void standardize(size_t features, size_t n_train, double *train,
                 size_t n_test, double *test)
{
    double mean, deviation;

    gp_not_started();
    for (size_t j = 0; j < features; j++) {
        measure_column(features, j, n_train, train, &mean, &deviation);
        map_column(features, j, n_train, train, mean, deviation);
        measure_column(features, j, n_test, test, &mean, &deviation);
        map_column(features, j, n_test, test, mean, deviation);
    }
}

@* Index.
