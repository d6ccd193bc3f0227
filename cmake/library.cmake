# odradek_library(<layer> SOURCES ... HEADERS ... PUBLIC <targets> PRIVATE <targets>)
#
# One layer of the house: library odradek_<layer>, alias odradek::<layer>. HEADERS are the public ones, relative to the
# layer's folder; they are reached, here and after installation, as <odradek/<layer>/...>. The include folder is a link in
# the build tree to the source tree; no tool may follow it, since the build tree may lie inside the source tree.

set(ODRADEK_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${ODRADEK_INCLUDE_DIR})
file(CREATE_LINK ${PROJECT_SOURCE_DIR} ${ODRADEK_INCLUDE_DIR}/odradek SYMBOLIC RESULT odradek_link_result)
if(odradek_link_result)
  message(FATAL_ERROR "odradek: cannot link ${ODRADEK_INCLUDE_DIR}/odradek: ${odradek_link_result}")
endif()

set(ODRADEK_LAYERS "" CACHE INTERNAL "The layers that were declared")

# Options that every target of the project is compiled with, but never a user's own target.
add_library(odradek_build_options INTERFACE)
target_compile_options(odradek_build_options INTERFACE
  $<$<CXX_COMPILER_ID:GNU,Clang>:-Wall -Wextra -Wpedantic -Wconversion>
  # clang does not see how libstdc++ 12 hushes this about the inside of its own std::stable_sort; g++ keeps watch.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
  # g++ 12 sees overlapping copies in "text" + std::string (its bug 105651)
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  # and, where a sanitizer keeps it from inlining, takes the frame of an Asio coroutine for memory that another function made.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
  $<$<AND:$<BOOL:${ODRADEK_WERROR}>,$<CXX_COMPILER_ID:GNU,Clang>>:-Werror>)
if(ODRADEK_SANITIZE)
  target_compile_options(odradek_build_options INTERFACE -fsanitize=${ODRADEK_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(odradek_build_options INTERFACE -fsanitize=${ODRADEK_SANITIZE})
  # g++ loses track of what is initialised inside std::regex once a sanitizer instruments it.
  target_compile_options(odradek_build_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  if(ODRADEK_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(odradek_build_options INTERFACE -Wno-tsan) # Asio uses fences that g++'s TSan does not model
  endif()
endif()

function(odradek_library layer)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;PUBLIC;PRIVATE")
  set(target odradek_${layer})
  add_library(${target})
  add_library(odradek::${layer} ALIAS ${target})
  target_sources(${target} PRIVATE ${arg_SOURCES})
  list(TRANSFORM arg_HEADERS PREPEND ${ODRADEK_INCLUDE_DIR}/odradek/${layer}/)
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${ODRADEK_INCLUDE_DIR} FILES ${arg_HEADERS})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:GNU,Clang>:-ffunction-sections -fdata-sections>)
  target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:odradek_build_options>)
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${layer}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} # as SameMinorVersion says, until there is a 1.0
    POSITION_INDEPENDENT_CODE ON
    CXX_EXTENSIONS OFF
    INSTALL_RPATH $ORIGIN # the layers of a shared build lie side by side
    VERIFY_INTERFACE_HEADER_SETS ON)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    target_compile_definitions(${target} PUBLIC ODRADEK_STATIC)
  else()
    target_compile_definitions(${target} PRIVATE ODRADEK_BUILDING)
  endif()
  set(ODRADEK_LAYERS ${ODRADEK_LAYERS} ${target} CACHE INTERNAL "")
endfunction()
