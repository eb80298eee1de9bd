# Debian packages by CPack; tools/package.sh makes them.
#   flyball-governor   flyballd, the boards, its service; no LibTorch
#   flyball-tools      flyball, flyball-edge, flyball-cloud, flyball-link, workloads, scenarios, recipes
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME flyball)
set(CPACK_PACKAGE_CONTACT "The Flyball authors <flyball@users.noreply.github.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "learned frequency governor for NVIDIA Jetson boards")
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_STRIP_FILES ON)
# Under /usr, what belongs in /etc and /lib there.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL flyballd service flyball flyball-cloud flyball-edge flyball-link)
set(CPACK_COMPONENT_FLYBALLD_GROUP governor)
set(CPACK_COMPONENT_SERVICE_GROUP governor)
set(CPACK_COMPONENT_FLYBALL_GROUP tools)
set(CPACK_COMPONENT_FLYBALL-CLOUD_GROUP tools)
set(CPACK_COMPONENT_FLYBALL-EDGE_GROUP tools)
set(CPACK_COMPONENT_FLYBALL-LINK_GROUP tools)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Cross-built programs are linked statically (tools/arm64): they depend on no library.
if(NOT CMAKE_CROSSCOMPILING)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE amd64)
endif()

set(debian ${PROJECT_SOURCE_DIR}/tools/packaging/debian)
set(CPACK_DEBIAN_GOVERNOR_PACKAGE_NAME flyball-governor)
set(CPACK_DEBIAN_GOVERNOR_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_GOVERNOR_PACKAGE_DEPENDS systemd)
set(CPACK_DEBIAN_GOVERNOR_DESCRIPTION
"flyballd governs a board's CPU, GPU and memory clocks by a trained policy, in
the place of the kernel's governors, and gives them back as it found them.

The service is neither enabled nor started: it needs a policy, which is named
in /etc/flyball/flyball.toml.")
set(CPACK_DEBIAN_GOVERNOR_PACKAGE_CONTROL_EXTRA
    "${debian}/postinst;${debian}/prerm;${debian}/postrm;${debian}/conffiles")

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME flyball-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION science)
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "flyball-governor (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS "fuse3, libopenblas0-openmp")
set(CPACK_DEBIAN_TOOLS_DESCRIPTION
"flyball trains policies for flyballd offline from telemetry logs, compares them
with the kernel's governors on simulated boards, and emulates a board to try
them on.")

# What Debian asks of every package.
file(READ ${PROJECT_SOURCE_DIR}/LICENSE FLYBALL_LICENSE)
string(REGEX REPLACE "^.*\n\n(Permission is)" "\\1" FLYBALL_LICENSE "${FLYBALL_LICENSE}")
string(STRIP "${FLYBALL_LICENSE}" FLYBALL_LICENSE)
string(REPLACE "\n\n" "\n.\n" FLYBALL_LICENSE "${FLYBALL_LICENSE}")
string(REPLACE "\n" "\n " FLYBALL_LICENSE " ${FLYBALL_LICENSE}")
configure_file(${debian}/copyright.in debian/copyright @ONLY)
configure_file(${debian}/changelog.in debian/changelog @ONLY)
execute_process(COMMAND gzip -9nkf ${CMAKE_CURRENT_BINARY_DIR}/debian/changelog)

function(debian_documents component package)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/debian/copyright
                ${CMAKE_CURRENT_BINARY_DIR}/debian/changelog.gz
          DESTINATION share/doc/${package} COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()
debian_documents(service flyball-governor)

if(CMAKE_CROSSCOMPILING)
  install(FILES ${debian}/static.lintian-overrides RENAME flyball-governor
          DESTINATION share/lintian/overrides COMPONENT service EXCLUDE_FROM_ALL)
endif()

# The service as a package brings it; without one, `flyballd install` does it.
set(system ${PROJECT_BINARY_DIR}/pages/system/etc)
install(FILES ${system}/systemd/system/flyballd.service
        DESTINATION /lib/systemd/system COMPONENT service EXCLUDE_FROM_ALL)
install(FILES ${system}/sysusers.d/flyball.conf
        DESTINATION lib/sysusers.d COMPONENT service EXCLUDE_FROM_ALL)
install(FILES ${system}/flyball/flyball.toml
        DESTINATION /etc/flyball COMPONENT service EXCLUDE_FROM_ALL)

include(CPack)
