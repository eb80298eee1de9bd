# Installs components to a fresh prefix, then configures, builds and runs a project against them.
# Usage: cmake -DBUILD=DIR -DWORK=DIR -DPROJECT=DIR -DCOMPONENTS=a,b -DCOMPILER=PATH
#              [-DWITHOUT=Torch,PkgConfig] -P check_package.cmake
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${WORK})

string(REPLACE "," ";" components "${COMPONENTS}")
foreach(component ${components})
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix
                          --component ${component}
                  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endforeach()

# What the project must not need is hidden from it.
string(REPLACE "," ";" hidden "${WITHOUT}")
list(TRANSFORM hidden REPLACE "(.+)" "-DCMAKE_DISABLE_FIND_PACKAGE_\\1=ON")
execute_process(COMMAND ${CMAKE_COMMAND} -S ${PROJECT} -B ${WORK}/build --log-level=WARNING --no-warn-unused-cli
                        -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_CXX_COMPILER=${COMPILER}
                        -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF ${hidden}
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/build COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${WORK}/build/package_user COMMAND_ERROR_IS_FATAL ANY)
