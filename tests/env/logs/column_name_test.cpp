#include "env/logs/column_name.h"

#include <doctest/doctest.h>

using namespace flyball;

TEST_CASE("names that mean the same are made alike") {
  CHECK(plain_column_name("Start Time (ms)") == "start_time_ms");
  CHECK(plain_column_name("startTime-ms") == "start_time_ms");
  CHECK(plain_column_name("  GPU  clk [MHz] ") == "gpu_clk_mhz");
  CHECK(plain_column_name("---").empty());
  CHECK(plain_column_name("").empty());
}

TEST_CASE("signs that are units are kept as letters") {
  CHECK(plain_column_name("latency (\u00b5s)") == "latency_us");
  CHECK(plain_column_name("latency [\u03bcs]") == "latency_us");
  CHECK(plain_column_name("power_\u00b5W") == "power_uw");
  CHECK(plain_column_name("power (\u00b5W)") == "power_uw");
  CHECK(plain_column_name("gpu load (%)") == "gpu_load_pct");
  CHECK(plain_column_name("CPU%") == "cpu_pct");
  CHECK(plain_column_name("temp (\u00b0C)") == "temp_c");
}
