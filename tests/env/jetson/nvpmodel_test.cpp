#include "env/jetson/nvpmodel.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace flyball;

TEST_CASE("the mode stands behind pmode, with leading zeros") {
  CHECK(parse_nvpmodel_status("pmode:0002 fmode:quiet") == 2);
  CHECK(parse_nvpmodel_status("pmode:0008") == 8);
  CHECK(parse_nvpmodel_status("fmode:cool pmode:10\n") == 10);
}

TEST_CASE("other text says no mode") {
  for (const char* text : {"", "pmode:", "pmode:x", "pmode:-1", "pmode:2x", "pmode: 2", "MAXN",
                           "pmode:99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_nvpmodel_status(text).has_value());
  }
}

TEST_CASE("a configuration's modes are read with their limits in hertz") {
  const std::string conf =
      "# a comment\n"
      "< PARAM TYPE=CLOCK NAME=CPU_A57 >\n"
      "MAX_FREQ /sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq\n"
      "< POWER_MODEL ID=0 NAME=MAXN >\n"
      "CPU_ONLINE CORE_0 1\nCPU_ONLINE CORE_1 1\n"
      "CPU_A57 MIN_FREQ 0\nCPU_A57 MAX_FREQ -1\nGPU MAX_FREQ -1\nEMC MAX_FREQ 0\n"
      "<POWER_MODEL ID=1 NAME=5W>\r\n"
      "CPU_ONLINE CORE_0 1\r\nCPU_ONLINE CORE_1 0\r\n"
      "CPU_A57 MIN_FREQ 102000\r\nCPU_A57 MAX_FREQ 918000 # as told\r\n"
      "CPU_DENVER MIN_FREQ 204000\nCPU_DENVER MAX_FREQ 1020000\n"
      "GPU_POWER_CONTROL_ENABLE GPU_PWR_CNTL_EN on\n"
      "GPU MIN_FREQ 76800000\nGPU MAX_FREQ 640000000\nEMC MAX_FREQ 1600000000\n"
      "< PM_CONFIG DEFAULT=0 >\nGPU MAX_FREQ 1\n";
  const std::vector<PowerMode> modes = parse_nvpmodel_conf(conf, 4);
  REQUIRE(modes.size() == 2);
  CHECK(modes[0].name == "MAXN");
  CHECK(modes[0].cpus_online == 2);
  CHECK_FALSE(modes[0].cpu_max_hz);
  CHECK_FALSE(modes[0].emc_max_hz);
  CHECK(modes[1].id == 1);
  CHECK(modes[1].name == "5W");
  CHECK(modes[1].cpus_online == 1);
  CHECK(modes[1].cpu_min_hz == 102e6);  // the widest of the clusters
  CHECK(modes[1].cpu_max_hz == 1020e6);
  CHECK(modes[1].gpu_min_hz == 76.8e6);
  CHECK(modes[1].gpu_max_hz == 640e6);
  CHECK(modes[1].emc_max_hz == 1600e6);
}

TEST_CASE("what is no configuration has no modes, and one that names no CPU has all") {
  for (const char* text : {"", "x", "<", "< POWER_MODEL >", "< POWER_MODEL ID=x NAME=a >",
                           "< POWER_MODEL ID=70000 NAME=a >", "GPU MAX_FREQ 1"}) {
    CAPTURE(text);
    CHECK(parse_nvpmodel_conf(text, 4).empty());
  }
  const std::vector<PowerMode> modes =
      parse_nvpmodel_conf("< POWER_MODEL ID=3 NAME=a >\nGPU MAX_FREQ\nGPU MAX_FREQ 1x", 6);
  REQUIRE(modes.size() == 1);
  CHECK(modes[0].cpus_online == 6);
  CHECK_FALSE(modes[0].gpu_max_hz);
}
