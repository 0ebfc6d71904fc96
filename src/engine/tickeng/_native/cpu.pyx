"""What this processor can run, asked from code that every x86-64 can run."""

cdef extern from *:
    """
    static int tickeng_level(void) {
      __builtin_cpu_init();
      if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
            __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))) return 1;
      if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl"))) return 3;
      return 4;
    }
    """
    int tickeng_level()


def level() -> int:
    """4: x86-64-v4 (AVX-512), 3: x86-64-v3 (AVX2), 1: less."""
    return tickeng_level()
