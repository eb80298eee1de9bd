// Files that libhdf5 opens and that are no dataset, or one of which a part is missing or wrong.
// What damage does to the library itself is tested where a child process reads
// (damaged_dataset_test.cpp).
#include "replay/hdf5/dataset_reader.h"

#include <doctest/doctest.h>
#include <hdf5.h>

#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "replay/hdf5/hdf5_file.h"
#include "tests/replay/hdf5/sample_dataset.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A file of ours, opened to be spoilt.
class SpoiltFile {
 public:
  explicit SpoiltFile(const std::filesystem::path& path)
      : file_(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT)) {
    REQUIRE(file_ >= 0);
  }
  SpoiltFile(const SpoiltFile&) = delete;
  SpoiltFile& operator=(const SpoiltFile&) = delete;
  ~SpoiltFile() { H5Fclose(file_); }

  // One element of an array.
  void set(const char* array, const std::vector<hsize_t>& place, double value) {
    const hid_t dataset = H5Dopen2(file_, array, H5P_DEFAULT);
    const hid_t space = H5Dget_space(dataset);
    REQUIRE(H5Sselect_elements(space, H5S_SELECT_SET, 1, place.data()) >= 0);
    const hid_t one = H5Screate(H5S_SCALAR);
    REQUIRE(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, one, space, H5P_DEFAULT, &value) >= 0);
    H5Sclose(one);
    H5Sclose(space);
    H5Dclose(dataset);
  }

  // Replaces an attribute of the file.
  template <typename T>
  void set_attribute(const char* name, const std::vector<T>& values) {
    remove_attribute(name);
    const hid_t type = std::is_same_v<T, double> ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64;
    const hsize_t size = values.size();
    const hid_t space = H5Screate_simple(1, &size, nullptr);
    const hid_t attribute = H5Acreate2(file_, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (!values.empty()) REQUIRE(H5Awrite(attribute, type, values.data()) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
  }
  void remove_attribute(const char* name) { REQUIRE(H5Adelete(file_, name) >= 0); }

  void remove(const char* link) { REQUIRE(H5Ldelete(file_, link, H5P_DEFAULT) >= 0); }
  void link_to(const char* target, const char* link) {
    REQUIRE(H5Lcreate_soft(target, file_, link, H5P_DEFAULT, H5P_DEFAULT) >= 0);
  }

 private:
  hid_t file_;
};

// The sample, spoilt.
template <typename Spoil>
Dataset read_spoilt(const TemporaryDirectory& directory, Spoil spoil) {
  const auto path = directory.path() / "d.hdf5";
  write_dataset(path, sample_info(), sample_transitions());
  {
    SpoiltFile file(path);
    spoil(file);
  }
  return parse_dataset(path);
}

// What reading the spoilt sample complains of, without the file's name.
template <typename Spoil>
std::string complaint(Spoil spoil) {
  const TemporaryDirectory directory;
  const std::string error = error_text([&] { read_spoilt(directory, spoil); });
  const std::string begin = (directory.path() / "d.hdf5").string() + ": ";
  if (error == "no error") return error;
  REQUIRE(error.starts_with(begin));
  return error.substr(begin.size());
}

}  // namespace

TEST_CASE("a whole dataset is read in this process as well") {
  const TemporaryDirectory directory;
  const Dataset dataset = read_spoilt(directory, [](SpoiltFile&) {});
  CHECK(dataset.episodes == 3);
  CHECK(dataset.transitions.size() == 60);
  CHECK(dataset.observation_size == 3);
  CHECK(dataset.action_count == 12);
  CHECK_FALSE(dataset.rewards_only);
  CHECK(dataset.info.id == sample_info().id);
}

TEST_CASE("a file that is not there, or is none of HDF5's, is said with its name") {
  CHECK(error_text([] { parse_dataset("/nonexistent.hdf5"); }) ==
        "/nonexistent.hdf5: does not exist");
  const TemporaryDirectory directory;
  CHECK(error_text([&] {
          parse_dataset(directory.path());
        }).starts_with(directory.path().string() + ": not a readable HDF5 file"));
}

TEST_CASE("episodes that the file says it has must be there, with as many steps") {
  CHECK(complaint([](SpoiltFile& f) { f.remove("episode_1"); }) ==
        "episode_1: missing; the file says that it has 3 episodes");
  CHECK(complaint([](SpoiltFile& f) { f.remove("episode_0"); }) ==
        "episode_0: missing; the file says that it has 3 episodes");
  CHECK(complaint([](SpoiltFile& f) { f.set_attribute<std::int64_t>("total_episodes", {4}); }) ==
        "episode_3: missing; the file says that it has 4 episodes");
  CHECK(complaint([](SpoiltFile& f) { f.set_attribute<std::int64_t>("total_steps", {59}); }) ==
        "attribute total_steps: 59, yet the episodes have 60 steps");
  CHECK(complaint([](SpoiltFile& f) {
          f.set_attribute<std::int64_t>("total_steps", {60, 60});
        }) == "attribute total_steps: one value expected");
}

TEST_CASE("a file that does not say how much it has is read to the last episode in a row") {
  const TemporaryDirectory directory;
  const Dataset dataset = read_spoilt(directory, [](SpoiltFile& f) {
    f.remove_attribute("total_episodes");
    f.remove_attribute("total_steps");
    f.remove("episode_2");
  });
  CHECK(dataset.episodes == 2);
  CHECK(dataset.transitions.size() < 60);
}

TEST_CASE("a link that leads nowhere is no episode, and no array") {
  CHECK(complaint([](SpoiltFile& f) {
          f.remove("episode_1");
          f.link_to("/nowhere", "episode_1");
        }).starts_with("episode_1: not a group"));
  CHECK(complaint([](SpoiltFile& f) {
          f.remove("episode_0/actions");
          f.link_to("/nowhere", "episode_0/actions");
        }).starts_with("episode_0/actions: cannot be read"));
}

TEST_CASE("an array that is missing is named with its place") {
  for (const char* name :
       {"observations", "actions", "rewards", "terminations", "truncations", "infos",
        "infos/before_effect", "infos/seconds", "infos/weight", "infos/decided_by", "infos/levels",
        "infos/probability", "infos/observation_at_effect"}) {
    const std::string path = std::string("episode_1/") + name;
    CAPTURE(path);
    CHECK(complaint([&](SpoiltFile& f) { f.remove(path.c_str()); }) == path + ": missing");
  }
}

TEST_CASE("without the flags of what is optional there is none of it") {
  const TemporaryDirectory directory;
  const Dataset dataset = read_spoilt(directory, [](SpoiltFile& f) {
    for (const char* episode : {"episode_0", "episode_1", "episode_2"}) {
      f.remove((std::string(episode) + "/infos/has_probability").c_str());
      f.remove((std::string(episode) + "/infos/has_observation_at_effect").c_str());
    }
  });
  for (const Transition& transition : dataset.transitions) {
    CHECK_FALSE(transition.probability.has_value());
    CHECK(transition.effect_observation.empty());
  }
}

TEST_CASE("values that are no numbers are refused with their row") {
  CHECK(complaint([](SpoiltFile& f) {
          f.set("episode_0/observations", {3, 0}, kNan);
        }) == "episode_0/observations: row 3: nan is not finite");
  CHECK(complaint([](SpoiltFile& f) { f.set("episode_0/rewards", {2}, -kInfinity); }) ==
        "episode_0/rewards: row 2: -inf is not finite");
  CHECK(complaint([](SpoiltFile& f) {
          f.set("episode_1/infos/before_effect", {2, 1}, kInfinity);
        }) == "episode_1/infos/before_effect: row 2: inf is not finite");
  CHECK(complaint([](SpoiltFile& f) {
          f.set_attribute<double>("flyball_encoding", {1.0, kNan});
        }) == "attribute flyball_encoding: nan is not finite");
}

TEST_CASE("values that a step cannot have are refused with their row, the first belongs to none") {
  CHECK(complaint([](SpoiltFile& f) { f.set("episode_0/infos/seconds", {1}, 0.0); }) ==
        "episode_0/infos/seconds: row 1: 0 must be > 0");
  CHECK(complaint([](SpoiltFile& f) { f.set("episode_0/infos/seconds", {0}, 0.0); }) == "no error");
  CHECK(complaint([](SpoiltFile& f) { f.set("episode_0/infos/weight", {4}, -1.0); }) ==
        "episode_0/infos/weight: row 4: -1 must be > 0");
  CHECK(complaint([](SpoiltFile& f) { f.set("episode_0/infos/decided_by", {1}, 3.0); }) ==
        "episode_0/infos/decided_by: row 1: 0, 1 or 2 expected");
  CHECK(complaint([](SpoiltFile& f) { f.set("episode_0/infos/decided_by", {1}, -1.0); }) ==
        "episode_0/infos/decided_by: row 1: 0, 1 or 2 expected");
  CHECK(complaint([](SpoiltFile& f) { f.set("episode_0/actions", {0}, 12.0); }) ==
        "episode_0/actions: row 0: 12 is no action, 0 .. 11 are");
}

TEST_CASE("levels have to be those of the actions") {
  CHECK(complaint([](SpoiltFile& f) {
          f.set("episode_0/infos/levels", {1, 0}, 3.0);
        }) == "episode_0/infos/levels: row 1: 3 is no level");
  CHECK(complaint([](SpoiltFile& f) {
          f.set("episode_0/infos/levels", {1, 1}, -1.0);
        }) == "episode_0/infos/levels: row 1: -1 is no level");
  CHECK(complaint([](SpoiltFile& f) {
          f.set("episode_0/infos/levels", {1, 1}, 1.0);
        }) == "episode_0/infos/levels: row 1: not what actions says");
  CHECK(complaint([](SpoiltFile& f) { f.set("episode_0/actions", {0}, 1.0); }) ==
        "episode_0/infos/levels: row 1: not what actions says");
}

TEST_CASE("knobs and limits that cannot be are refused by their attribute") {
  CHECK(complaint([](SpoiltFile& f) {
          f.set_attribute<double>("flyball_knob_batch_levels", {4, 2, 1});
        }) == "attribute flyball_knob_batch_levels: ascending levels expected");
  CHECK(complaint([](SpoiltFile& f) {
          f.set_attribute<double>("flyball_knob_batch_levels", {});
        }) == "attribute flyball_knob_batch_levels: ascending levels expected");
  CHECK(complaint([](SpoiltFile& f) { f.remove_attribute("flyball_knob_cpu_levels"); }) ==
        "attribute flyball_knob_cpu_levels: missing");
  CHECK(complaint([](SpoiltFile& f) {
          f.set_attribute<std::int64_t>("flyball_knob_cpu_domains", {0, -1});
        }) == "attribute flyball_knob_cpu_domains: must not be negative");
  const auto limits = [](const std::vector<std::int64_t>& values) {
    return complaint([&](SpoiltFile& f) { f.set_attribute("flyball_limits", values); });
  };
  CHECK(limits({0, 2, 1}) == "attribute flyball_limits: 3 values where 4 are expected");
  CHECK(limits({0, 3, 1, 3}) == "attribute flyball_limits: 0 .. 3 of cpu: levels expected");
  CHECK(limits({0, 2, 2, 1}) == "attribute flyball_limits: 2 .. 1 of batch: levels expected");
  CHECK(limits({-1, 2, 1, 3}) == "attribute flyball_limits: -1 .. 2 of cpu: levels expected");
}

TEST_CASE("lists of names and of values are as long as each other") {
  CHECK(complaint([](SpoiltFile& f) {
          f.set_attribute<double>("flyball_encoding", {1.0, 2.0, 3.0});
        }) == "attribute flyball_encoding: 3 values where 2 are expected");
  CHECK(complaint([](SpoiltFile& f) {
          f.set_attribute<double>("flyball_reward", {});
        }).starts_with("attribute flyball_reward: 0 values where "));
}

TEST_CASE("an attribute of another type is refused, not converted") {
  CHECK(complaint([](SpoiltFile& f) {
          f.set_attribute<double>("flyball_board", {1.0});
        }).starts_with("attribute flyball_board: "));
  CHECK(complaint([](SpoiltFile& f) {
          f.set_attribute<double>("total_steps", {60.0});
        }).starts_with("attribute total_steps: "));
  CHECK(complaint([](SpoiltFile& f) {
          f.set_attribute<std::int64_t>("flyball_period_seconds", {4});
        }).starts_with("attribute flyball_period_seconds: "));
}

TEST_CASE("observations are a step more than the steps, in one or two dimensions") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "d.hdf5";
  const auto read_shape = [&](const std::vector<std::size_t>& shape) {
    std::size_t count = 1;
    for (const std::size_t size : shape) count *= size;
    {
      Hdf5Group root = Hdf5Group::create_file(path);
      Hdf5Group episode = root.create_group("episode_0");
      episode.write<float>("observations", std::vector<float>(count, 0.5F), shape);
      episode.write<std::int64_t>("actions", std::vector<std::int64_t>{3}, {1});
      episode.write<double>("rewards", std::vector<double>{1.0}, {1});
      episode.write<Hdf5Bool>("terminations", std::vector{Hdf5Bool::kFalse}, {1});
      episode.write<Hdf5Bool>("truncations", std::vector{Hdf5Bool::kTrue}, {1});
    }
    return parse_dataset(path);
  };
  CHECK(read_shape({2}).observation_size == 1);
  CHECK(read_shape({2, 4}).observation_size == 4);
  CHECK(read_shape({2, 4}).transitions.at(0).truncated);
  CHECK(read_shape({2, 4}).action_count == 4);
  const std::string at = path.string() + ": episode_0/observations: shape ";
  const std::string expected = " where (steps + 1, size) is expected";
  CHECK(error_text([&] { read_shape({1, 4}); }) == at + "(1, 4)" + expected);
  CHECK(error_text([&] { read_shape({0, 4}); }) == at + "(0, 4)" + expected);
  CHECK(error_text([&] { read_shape({2, 0}); }) == at + "(2, 0)" + expected);
  CHECK(error_text([&] { read_shape({2, 2, 2}); }) == at + "(2, 2, 2)" + expected);
  CHECK(error_text([&] { read_shape({}); }) == at + "()" + expected);
}
