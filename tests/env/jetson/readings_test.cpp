#include <doctest/doctest.h>

#include "env/jetson/application_files.h"
#include "env/jetson/board_files.h"
#include "env/jetson/cpu_times.h"
#include "env/jetson/jetson_error.h"
#include "env/jetson/power_sensors.h"
#include "env/jetson/thermal_zones.h"
#include "tests/support/board_tree.h"

using namespace flyball;

TEST_CASE("CPU times are seconds and a CPU without a line is offline") {
  std::vector<CpuTelemetry> cpus(3);
  cpus[1].busy_seconds = 7.0;
  REQUIRE_FALSE(
      parse_cpu_times("cpu  1 1 1 1\ncpu0 100 10 20 400 50 1 2 3 9 9\ncpu2 5 0 0 6\n", 0.01, cpus));
  CHECK(cpus[0].busy_seconds == doctest::Approx(1.36));
  CHECK(cpus[0].idle_seconds == doctest::Approx(4.0));
  CHECK(cpus[0].iowait_seconds == doctest::Approx(0.5));
  CHECK_FALSE(cpus[1].online);
  CHECK(cpus[1].busy_seconds == 7.0);
  CHECK(cpus[2].idle_seconds == doctest::Approx(0.06));
  CHECK(parse_cpu_times("intr 0\n", 0.01, cpus) == JetsonError::kIncomplete);
}

TEST_CASE("hwmon rails are found by label and are millivolts times milliamperes") {
  BoardTree tree;
  tree.add_board();
  const std::vector<std::string> rails = {"VDD_SOC", "VDD_IN", "VDD_CV"};
  PowerSensors sensors(tree.root(), rails);
  std::vector<std::optional<double>> watts(3);
  REQUIRE_FALSE(sensors.read(watts));
  CHECK(watts[0] == doctest::Approx(0.4));
  CHECK(watts[1] == doctest::Approx(6.0));
  CHECK_FALSE(watts[2]);
}

TEST_CASE("iio rails are milliwatts") {
  BoardTree tree;
  const std::string device = "/sys/bus/i2c/drivers/ina3221x/6-0040/iio:device2";
  tree.write(device + "/rail_name_0", "POM_5V_IN");
  tree.write(device + "/in_power0_input", "2468");
  const std::vector<std::string> rails = {"POM_5V_IN"};
  PowerSensors sensors(tree.root(), rails);
  std::vector<std::optional<double>> watts(1);
  REQUIRE_FALSE(sensors.read(watts));
  CHECK(watts[0] == doctest::Approx(2.468));
}

TEST_CASE("a channel or a zone without a name is told by its file where something is missing") {
  BoardTree tree;
  tree.add_board();
  const std::string device = "/sys/bus/i2c/drivers/ina3221x/6-0040/iio:device2";
  tree.write(device + "/in_power0_input", "2468");
  const std::vector<std::string> found = {"VDD_IN", "VDD_SOC"};
  CHECK(PowerSensors(tree.root(), found).unreadable().empty());
  const std::vector<std::string> missing = {"VDD_IN", "VDD_SOC", "VDD_CV"};
  CHECK(PowerSensors(tree.root(), missing).unreadable() ==
        std::vector<std::string>{tree.root() + device + "/rail_name_0"});
  tree.write("/sys/class/thermal/thermal_zone1/type", "");
  const std::vector<std::string> zones = {"CPU-therm"};
  CHECK(ThermalZones(tree.root(), zones).unreadable() ==
        std::vector<std::string>{tree.root() + "/sys/class/thermal/thermal_zone1/type"});
}

TEST_CASE("zones are found by type in any JetPack's spelling and one that is off is absent") {
  BoardTree tree;
  tree.add_board();
  const std::vector<std::string> zones = {"CPU-therm", "gpu-thermal", "cv0", "tj"};
  ThermalZones thermal(tree.root(), zones);
  std::vector<std::optional<double>> celsius(4);
  REQUIRE_FALSE(thermal.read(celsius));
  CHECK(celsius[0] == doctest::Approx(40.0));
  CHECK(celsius[1] == doctest::Approx(41.5));
  CHECK_FALSE(celsius[2]);
  CHECK_FALSE(celsius[3]);
  CHECK(zone_name("Tboard_tegra") == "tboard");
  CHECK(zone_name("PMIC-Die") == "pmic");
}

TEST_CASE("the application's figures carry its own stamp") {
  BoardTree tree;
  tree.add_application();
  ApplicationFiles files(tree.root(), 1e9);
  Stamped<ApplicationTelemetry> telemetry;
  REQUIRE_FALSE(files.read(0.0, telemetry));
  CHECK(telemetry.time_seconds() == 12.5);
  CHECK(telemetry->arrived == 40);
  CHECK(telemetry->in_system_seconds == 8.25);
  CHECK(telemetry->slack_seconds == -0.5);
  CHECK_FALSE(telemetry->deadline_seconds);
  CHECK(files.batch_levels() == std::vector<double>{1, 2, 4, 8});
}

TEST_CASE("figures that are cut short or no numbers are refused") {
  double stamp = 0.0;
  ApplicationTelemetry application;
  CHECK(parse_application("stamp_seconds 1\narrived 2\n", stamp, application) ==
        JetsonError::kIncomplete);
  CHECK(parse_application("arrived many\n", stamp, application) == JetsonError::kMalformed);
  CHECK(parse_application("arrived\n", stamp, application) == JetsonError::kMalformed);
}

TEST_CASE("described files name the key at fault") {
  const Board board = small_board();
  BoardFiles files;
  files.gpu_device = "/sys/devices/gpu";
  files.emc_cap = "/cap";
  files.emc_utilization = "/use";
  files.sensors = {{SensorInterface::kHwmon, "1-0040", {"VDD_IN", "NC", "VDD_CPU"}}};
  CHECK_THROWS_WITH(validate({files}, board),
                    "files[0].sensors[0].labels: \"VDD_CPU\" is not one of power.rails (VDD_IN, "
                    "VDD_SOC)");
  CHECK_THROWS_WITH(find_files({files}, 6),
                    "the board's files are not described for JetPack 6; there are: 5");
}
