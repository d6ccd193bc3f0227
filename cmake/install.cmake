# Installation: the libraries with their headers, a CMake package and pkg-config files. What the packages say is derived from
# what the targets link, so that a layer's CMakeLists.txt stays the only place that knows.
option(ODRADEK_INSTALL "Install the libraries, their headers and package files" ${PROJECT_IS_TOP_LEVEL})
if(NOT ODRADEK_INSTALL)
  return()
endif()
include(CMakePackageConfigHelpers)

set(odradek_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/odradek)
install(TARGETS ${ODRADEK_LAYERS} odradek odradek_asio EXPORT odradek_targets FILE_SET HEADERS)
install(EXPORT odradek_targets NAMESPACE odradek:: FILE odradek-targets.cmake DESTINATION ${odradek_cmake_dir})

# odradek_describe(<target>): what a user of the target has to link too, as the variables layers (names of our targets), modules (of
# pkg-config), libs (flags) and finds (lines for the CMake package). What a static library links privately is among it.
function(odradek_describe target)
  set(layers "")
  set(modules "")
  set(libs "")
  set(finds "")
  get_target_property(linked ${target} INTERFACE_LINK_LIBRARIES)
  foreach(item IN LISTS linked)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" item "${item}")
    string(REGEX REPLACE "^odradek::" "odradek_" item "${item}")
    if(item STREQUAL "odradek_asio" OR item STREQUAL "Threads::Threads")
      list(APPEND libs -pthread)
      string(APPEND finds "  odradek_find_asio()\n")
    elseif(item IN_LIST ODRADEK_LAYERS)
      list(APPEND layers ${item})
    elseif(item STREQUAL "ZLIB::ZLIB")
      list(APPEND modules zlib)
      string(APPEND finds "  find_dependency(ZLIB)\n")
    elseif(item MATCHES "^PkgConfig::(ODRADEK_[A-Z0-9]+)$")
      set(module ${${CMAKE_MATCH_1}_MODULE})
      list(APPEND modules ${module})
      string(APPEND finds "  odradek_find_module(${CMAKE_MATCH_1} ${module})\n")
    elseif(item AND NOT item MATCHES "odradek_build_options")
      message(FATAL_ERROR "odradek: cmake/install.cmake cannot describe '${item}', which ${target} links")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES libs)
  return(PROPAGATE layers modules libs finds)
endfunction()

# odradek_pkg_config(<name> <description> <own library or ""> <requires> <libs>): writes and installs <name>.pc, which finds its
# prefix from its own place.
function(odradek_pkg_config name description library requires libs)
  list(REMOVE_ITEM requires "")
  list(JOIN requires ", " requires)
  list(JOIN libs " " libs)
  set(cflags "-I\${includedir}")
  if(library)
    set(libs "-L\${libdir} -l${library} ${libs}")
    get_target_property(definitions ${library} INTERFACE_COMPILE_DEFINITIONS)
    if("ODRADEK_STATIC" IN_LIST definitions)
      string(APPEND cflags " -DODRADEK_STATIC")
    endif()
  endif()
  if(libs MATCHES "-pthread")
    get_target_property(definitions odradek_asio INTERFACE_COMPILE_DEFINITIONS)
    list(TRANSFORM definitions PREPEND -D)
    list(JOIN definitions " " definitions)
    string(APPEND cflags " -pthread ${definitions}")
    if(NOT ODRADEK_ASIO_INCLUDE_DIR IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
      string(APPEND cflags " -isystem ${ODRADEK_ASIO_INCLUDE_DIR}")
    endif()
  endif()
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/pkgconfig/${name}.pc @ONLY CONTENT [[
prefix=${pcfiledir}/@odradek_up_to_prefix@
libdir=${prefix}/@CMAKE_INSTALL_LIBDIR@
includedir=${prefix}/@CMAKE_INSTALL_INCLUDEDIR@

Name: @name@
Description: @description@
Version: @PROJECT_VERSION@
Requires: @requires@
Cflags: @cflags@
Libs: @libs@
]])
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

string(REGEX REPLACE "[^/]+" ".." odradek_up_to_prefix "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(odradek_package_layers "")
set(odradek_package_names "")
foreach(target IN LISTS ODRADEK_LAYERS)
  odradek_describe(${target})
  string(REPLACE "odradek_" "" layer ${target})
  string(REPLACE "odradek_" "" layers_below "${layers}")
  list(TRANSFORM layers_below PREPEND "odradek-" OUTPUT_VARIABLE requires)
  odradek_pkg_config(odradek-${layer} "${PROJECT_DESCRIPTION} (${layer})" ${target} "${requires};${modules}" "${libs}")
  if(NOT layer STREQUAL "broker") # whoever wants it asks for it by name
    list(PREPEND odradek_package_names odradek-${layer})
  endif()

  string(APPEND odradek_package_layers "macro(odradek_find_${layer})\n")
  foreach(below IN LISTS layers_below)
    string(APPEND odradek_package_layers "  odradek_find_${below}()\n")
  endforeach()
  string(APPEND odradek_package_layers "${finds}endmacro()\n")
endforeach()
odradek_pkg_config(odradek "${PROJECT_DESCRIPTION}" "" "${odradek_package_names}" "")

string(REPLACE "odradek_" "" odradek_package_all "${ODRADEK_LAYERS}")
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/odradek-config.cmake.in ${PROJECT_BINARY_DIR}/odradek-config.cmake
  INSTALL_DESTINATION ${odradek_cmake_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/odradek-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/odradek-config.cmake ${PROJECT_BINARY_DIR}/odradek-config-version.cmake
  DESTINATION ${odradek_cmake_dir})
