# odradek::odradek: every client layer at once, with the header <odradek/odradek.hpp> of their public faces.
add_library(odradek INTERFACE)
add_library(odradek::odradek ALIAS odradek)
target_sources(odradek INTERFACE
  FILE_SET HEADERS BASE_DIRS ${ODRADEK_INCLUDE_DIR} FILES ${ODRADEK_INCLUDE_DIR}/odradek/odradek.hpp)
foreach(layer IN LISTS ODRADEK_LAYERS)
  target_link_libraries(odradek INTERFACE ${layer})
endforeach()
