# cmake -DNPM=PROGRAM -DWORK=DIR -DOUTPUT=FILE -P vendor_uplot.cmake: writes a source with uPlot's
# script and style, fetched by npm. Where npm is not there or has no network they are empty: reports
# then have no zoom, and say so.
set(package uplot@1.6.32)
set(script "")
set(style "")
if(NPM)
  execute_process(COMMAND ${NPM} install --prefix ${WORK} --no-save --no-audit --no-fund --ignore-scripts
                          --loglevel=error ${package}
                  TIMEOUT 60 RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE why)
  set(dist ${WORK}/node_modules/uplot/dist)
  if(failed STREQUAL "0" AND EXISTS ${dist}/uPlot.iife.min.js)
    file(READ ${dist}/uPlot.iife.min.js script)
    file(READ ${dist}/uPlot.min.css style)
  endif()
endif()
if(script STREQUAL "")
  message(STATUS "uPlot cannot be had (${package} by npm): reports have no zoom. ${why}")
endif()
# A string literal may not hold more than 65,535 characters everywhere: two of them follow each other.
string(LENGTH "${script}" length)
math(EXPR half "${length} / 2")
string(SUBSTRING "${script}" 0 ${half} first)
string(SUBSTRING "${script}" ${half} -1 second)
file(WRITE ${OUTPUT} "#include \"tools/reports/html/page_texts.h\"

namespace flyball {

const char* uplot_script() {
  return R\"uplot(${first})uplot\"
         R\"uplot(${second})uplot\";
}
const char* uplot_style() { return R\"uplot(${style})uplot\"; }

}  // namespace flyball
")
