# Reference values of the distributions and tests in analyzers/stats, made with base R.
# Rscript reference.R > reference.json
num <- function(x) paste0("[", paste(format(x, digits = 15, trim = TRUE), collapse = ","), "]")
out <- function(name, ...) cat(sprintf('  "%s": %s', name, paste0(...)), sep = "")
rows <- function(m) paste0("[", paste(apply(m, 1, num), collapse = ","), "]")
cat("{\n")
cat(sprintf('  "made with": "%s",\n', R.version.string))
g <- expand.grid(t = c(0.1, 1, 2.5, 6, 20), df = c(1, 2.5, 8, 30, 400))
out("tTwoSided", rows(cbind(g$t, g$df, 2 * pt(-g$t, g$df)))); cat(",\n")
g <- expand.grid(p = c(0.5, 0.1, 0.05, 0.01, 1e-4), df = c(1, 2.5, 8, 30, 400))
out("tCritical", rows(cbind(g$p, g$df, qt(g$p / 2, g$df, lower.tail = FALSE)))); cat(",\n")
g <- expand.grid(f = c(0.2, 1, 3, 12), a = c(1, 4, 14), b = c(2, 8, 60))
out("fUpper", rows(cbind(g$f, g$a, g$b, pf(g$f, g$a, g$b, lower.tail = FALSE)))); cat(",\n")
g <- expand.grid(x = c(0.1, 1, 5, 20, 80), df = c(1, 2, 7, 40))
out("chiSquaredUpper", rows(cbind(g$x, g$df, pchisq(g$x, g$df, lower.tail = FALSE)))); cat(",\n")
x <- c(0.05, 0.5, 1, 2.5, 7, 30, 1000)
out("polygamma", rows(cbind(x, lgamma(x), digamma(x), trigamma(x)))); cat(",\n")
a <- c(4.1, 5.2, 3.9, 4.4, 4.0); b <- c(4.6, 5.9, 5.1, 4.9, 6.0)
w <- function(x, y) wilcox.test(x, y, exact = TRUE)$p.value
out("mannWhitney", rows(rbind(c(w(a, b)), c(w(a[1:3], b[1:3])), c(w(1:12, 7:18 + 0.5))))); cat(",\n")
# With ties R has no exact test of its own: every way to choose the ranks, counted.
tied <- function(x, y) {
  r <- rank(c(x, y)); n <- length(x); m <- n * (length(r) + 1) / 2
  sums <- combn(length(r), n, function(i) sum(r[i]))
  mean(abs(sums - m) >= abs(sum(r[seq_len(n)]) - m) - 1e-9)
}
out("mannWhitneyTied", rows(rbind(tied(c(1, 2, 2, 3), c(2, 3, 4, 4)), tied(c(0, 0, 0, 1), c(0, 1, 1, 1)), tied(c(5, 5), c(5, 5))))); cat(",\n")
k <- kruskal.test(list(c(1, 2, 2, 5), c(3, 4, 6, 7), c(2, 8, 9, 9)))
out("kruskalWallis", num(k$p.value)); cat(",\n")
p <- c(0.01, 0.04, 0.03, 0.005, 0.2, 0.04)
out("holm", num(p.adjust(p, "holm"))); cat(",\n")
out("benjaminiHochberg", num(p.adjust(p, "BH"))); cat(",\n")
# Quasi-Poisson with exposures: dispersion, and the estimate of the log ratio with its error.
count <- c(103, 131, 96, 121, 160, 149, 171, 139); exposure <- c(1, 1.1, 0.9, 1, 1.05, 1, 1.2, 0.95)
group <- rep(0:1, each = 4)
q <- summary(glm(count ~ group, family = quasipoisson, offset = log(exposure), control = glm.control(1e-14)))
out("quasiPoisson", num(c(q$dispersion, q$coefficients[2, 1:2]))); cat(",\n")
n <- c(1000, 1100, 900, 1000, 1050, 1000, 1200, 950)
q <- summary(glm(cbind(count, n - count) ~ group, family = quasibinomial, control = glm.control(1e-14)))
out("quasiBinomial", num(q$dispersion)); cat("\n}\n")
