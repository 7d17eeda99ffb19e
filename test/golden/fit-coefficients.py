"""Fits the rational approximations that src/core/math/ uses, and prints them with their errors.

Run by hand: python fit-coefficients.py. Needs mpmath (fitted with 1.4.1). Each fit interpolates the
function at Chebyshev nodes in 60 digits, which is within a small factor of the minimax fit.
The figure after each name is the largest relative error of the rounded coefficients, in units of 2^-53.
"""

from mpmath import cos, digamma, erf, erfc, erfinv, exp, findroot, loggamma, lu_solve, matrix, mp, mpf, pi, sqrt

mp.dps = 60


def rational(f, a, b, m, n):
    """p/q with deg p = m, deg q = n, q(0) = 1, that meets f at m+n+1 Chebyshev nodes of [a, b]."""
    count = m + n + 1
    nodes = [(a + b) / 2 + (b - a) / 2 * cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    system, right = matrix(count, count), matrix(count, 1)
    for i, x in enumerate(nodes):
        y = f(x)
        for j in range(m + 1):
            system[i, j] = x**j
        for j in range(1, n + 1):
            system[i, m + j] = -y * x**j
        right[i] = y
    solution = lu_solve(system, right)
    p = [float(solution[j]) for j in range(m + 1)]
    q = [1.0] + [float(solution[m + j]) for j in range(1, n + 1)]
    return p, q


def poly(c, x):
    total = mpf(0)
    for value in reversed(c):
        total = total * x + mpf(value)
    return total


def fit(name, f, a, b, m, n):
    a, b = mpf(a), mpf(b)
    p, q = rational(f, a, b, m, n)
    worst = mpf(0)
    for i in range(401):
        x = a + (b - a) * i / 400
        if x == 0:
            continue
        y = f(x)
        worst = max(worst, abs(poly(p, x) / poly(q, x) / y - 1))
    low = min(poly(q, a + (b - a) * i / 400) for i in range(401))
    print(f"// {name} on [{mp.nstr(a, 8)}, {mp.nstr(b, 8)}]: error {mp.nstr(worst * 2**53, 3)}, least denominator {mp.nstr(low, 3)}")
    print(f"p: {p}\nq: {q}\n")


eps = mpf(10) ** -25

# erf(x) = x + x r(x^2)
fit("erfSmall", lambda t: erf(sqrt(t + eps)) / sqrt(t + eps) - 1, 0, "0.25", 5, 4)
# erfc(x) = exp(-x^2) r(x)
fit("erfcMiddle", lambda x: exp(x * x) * erfc(x), "0.5", 4, 8, 8)
# erfc(x) = exp(-x^2)/x r(1/x^2)
fit("erfcTail", lambda t: exp(1 / t) * erfc(1 / sqrt(t)) / sqrt(t), mpf(1) / 760, mpf(1) / 16, 6, 5)

# Split as in Wichura, AS 241 (1988): erfInv(x) = x r(0.7225 - x^2) up to 0.85, beyond it r(s - 1.6) and
# r(s - 5) with s = sqrt(-log((1-x)/2)). The largest double below 1 has s = 6.06.
mp.dps = 80
fit("erfInvCentral", lambda t: erfinv(sqrt(mpf("0.7225") - t + eps)) / sqrt(mpf("0.7225") - t + eps), 0, "0.7225", 8, 8)
fit("erfInvTail", lambda t: erfinv(1 - 2 * exp(-((t + mpf("1.6")) ** 2))), 0, "3.4", 8, 7)
fit("erfInvFar", lambda t: erfinv(1 - 2 * exp(-((t + 5) ** 2))), 0, "1.1", 5, 4)
mp.dps = 60

# lgamma(1+y) = y r(y) and lgamma(2+y) = y r(y)
fit("lgammaNear1", lambda y: loggamma(1 + y + eps) / (y + eps), "-0.25", "0.5", 7, 6)
fit("lgammaNear2", lambda y: loggamma(2 + y + eps) / (y + eps), "-0.5", 1, 7, 7)
# digamma(x) = (x - root) r(x - 1)
root = findroot(digamma, mpf("1.4616321449683623"))
high = float(root)
print("// digamma root", repr(high), repr(float(root - mpf(high))))
fit("digammaMiddle", lambda y: digamma(1 + y + eps) / (1 + y + eps - root), 0, 1, 7, 7)
