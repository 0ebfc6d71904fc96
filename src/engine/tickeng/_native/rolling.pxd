# The C++ core as Cython sees it: include/tickeng/facade/rolling.hpp and the typed errors.
from libc.stdint cimport uint8_t, uint64_t
from libcpp cimport bool
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.string_view cimport string_view


# Rethrows the current C++ exception as its Python class (base/error.hpp -> errors.py).
cdef extern from *:
    """
    #include <exception>
    #include <new>
    #include "tickeng/base/error.hpp"
    static void tickeng_set_rolling_error(const char* name, const char* text) {
      PyObject* module = PyImport_ImportModule("tickeng.errors");
      PyObject* type = module != nullptr ? PyObject_GetAttrString(module, name) : nullptr;
      if (type != nullptr) PyErr_SetString(type, text);
      Py_XDECREF(type);
      Py_XDECREF(module);
    }
    static void raise_rolling() {
      try {
        throw;
      } catch (const tickeng::ConfigError& e) {
        tickeng_set_rolling_error("ConfigError", e.what());
      } catch (const tickeng::DataError& e) {
        tickeng_set_rolling_error("DataError", e.what());
      } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
      } catch (const std::exception& e) {
        tickeng_set_rolling_error("TickengError", e.what());
      }
    }
    """
    void raise_rolling()


cdef extern from "tickeng/facade/rolling.hpp" namespace "tickeng::rolling" nogil:
    cdef cppclass Recipe:
        bool relative, corrected
        uint64_t window, min_count, ddof
        double p, eps, alpha

    cdef cppclass Rolling:
        double update(double) noexcept
        void run(const double*, size_t, double*) except +raise_rolling
        void reset() noexcept
        unique_ptr[Rolling] copy() except +raise_rolling
        string save() except +raise_rolling
        const Recipe& recipe()
        uint64_t accepted()
        uint64_t skipped()
        bool warm()

    unique_ptr[Rolling] make(const Recipe&) except +raise_rolling
    unique_ptr[Rolling] load(string_view) except +raise_rolling

# Kinds by number, so that a class names its own in one place.
cdef extern from *:
    """
    static tickeng::rolling::Recipe tickeng_recipe_of(int kind) {
      tickeng::rolling::Recipe recipe;
      recipe.kind = static_cast<tickeng::rolling::Kind>(kind);
      return recipe;
    }
    static int tickeng_kind_of(const tickeng::rolling::Rolling& rolling) {
      return static_cast<int>(rolling.recipe().kind);
    }
    """
    Recipe recipe_of "tickeng_recipe_of" (int)
    int kind_of "tickeng_kind_of" (const Rolling&)
