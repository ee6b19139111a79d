# The exercises: for students, and for those who grade. All the work is exercises/tutor's.
TUTOR := exercises/tutor

exercises: $B/facts.stamp ## the exercises with state and points
	@$(TUTOR) list
# An answer that does not pass yet is no error of make's; `exercises/tutor run` tells by its status.
exercise: lib ## one exercise: make exercise N=4.3
	@$(TUTOR) run $(N) || [ $$? -eq 1 ]
watch: lib ## run an exercise at every save until it passes: make watch [N=4.3]
	@$(TUTOR) watch $(N)
hint: $B/facts.stamp ## one more hint: make hint N=4.3
	@$(TUTOR) hint $(N)
solution: $B/facts.stamp ## the solution, once passed: make solution N=4.3 [FORCE=1]
	@$(TUTOR) solution $(N) $(FORCE)
reset: $B/facts.stamp ## put the untouched stub back: make reset N=4.3
	@$(TUTOR) reset $(N)
grade: lib ## grade every exercise; reports in build/grade
	@$(TUTOR) grade
prove: lib ## stubs are not started, solutions pass, wrong answers fail
	@$(TUTOR) prove
solutions-book: pdf ## the book with all solutions woven in: book/out/solutions.pdf
	@exercises/solutions-book.sh
student: $B/facts.stamp ## a copy of the tree to hand out: make student [DIR=folder]
	@$(TUTOR) student $(DIR)
prove-student: pdf ## CI's proof that the students' copy builds, tests and weaves
	@exercises/prove-student.sh

.PHONY: exercises exercise watch hint solution reset grade prove solutions-book student prove-student
