# distutils: language = c++
