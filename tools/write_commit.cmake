# cmake -DSOURCE=DIR -DOUTPUT=FILE -P write_commit.cmake: writes a source with the commit that DIR is
# at, with "-dirty" for changes that are not committed; touches FILE only when it has changed.
find_program(GIT git)
set(commit "")
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --exclude=*
                  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT commit)
  set(commit "unknown")
endif()
set(text "#include \"tools/commit.h\"

namespace flyball {

const char* commit() { return \"${commit}\"; }

}  // namespace flyball
")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT text STREQUAL old)
  file(WRITE ${OUTPUT} "${text}")
endif()
