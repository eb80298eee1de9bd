#include "tools/daemon/trusted_board.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "env/errors.h"
#include "tests/support/error_text.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_directory.h"
#include "tests/tools/guard/forked.h"
#include "tools/config/config_directory.h"

using namespace flyball;

namespace {

constexpr uid_t kNobody = 65534;

// A Nano's file in a folder that everybody may look into.
struct BoardFile {
  TemporaryDirectory folder;
  std::filesystem::path path = folder.path() / "board.toml";

  BoardFile() {
    chmod(folder.path().c_str(), 0755);
    std::filesystem::copy_file(find_config("boards", "nano-4gb"), path);
    chmod(path.c_str(), 0644);
  }
  std::string error() const {
    return error_text([&] { load_trusted_board(path.string()); });
  }
};

// Whether somebody without root's rights may load it.
bool loads_for_nobody(const std::filesystem::path& path) {
  return run_forked([&] {
           if (geteuid() == 0 && setresuid(kNobody, kNobody, kNobody) != 0) return 1;
           return load_trusted_board(path.string()).id == "nano-4gb" ? 0 : 2;
         }) == 0;
}

}  // namespace

TEST_CASE("a board is named by its id or by its file") {
  const BoardFile file;
  CHECK(load_trusted_board("nano-4gb").id == "nano-4gb");
  const Board board = load_trusted_board(file.path.string());
  CHECK(board.id == "nano-4gb");
  CHECK(board.knobs.size() == load_trusted_board("nano-4gb").knobs.size());
}

TEST_CASE("a board that is not there, and a file that is none, say so") {
  CHECK_THROWS_AS(load_trusted_board("nano"), ConfigError);
  const BoardFile file;
  std::ofstream(file.path) << "[board]\nid = 3\n";
  CHECK_THROWS_WITH_AS(load_trusted_board(file.path.string()),
                       doctest::Contains("board.toml:2:6: board.id: "), ConfigError);
  std::ofstream(file.path) << "[board\n";
  CHECK_THROWS_WITH_AS(load_trusted_board(file.path.string()), doctest::Contains("board.toml:1:"),
                       ConfigError);
}

TEST_CASE("a file of no bound is not read to its end") {
  const BoardFile file;
  std::ofstream(file.path) << std::string((std::size_t{4} << 20) + 1, '#');
  CHECK_THROWS_AS(load_trusted_board(file.path.string()), DataError);
  CHECK(file.error() == file.path.string() + ": longer than 4194304 bytes, the most expected");
}

TEST_CASE("root takes only what nobody else can write") {
  if (geteuid() != 0) return skip_test("needs root");
  const BoardFile file;
  for (const mode_t mode : {0664U, 0646U, 0666U}) {
    chmod(file.path.c_str(), mode);
    CHECK_THROWS_AS(load_trusted_board(file.path.string()), DataError);
    CHECK(file.error().find("writable by group or others") != std::string::npos);
  }
  chmod(file.path.c_str(), 0644);
  REQUIRE(chown(file.path.c_str(), kNobody, kNobody) == 0);
  CHECK(file.error().starts_with(file.path.string() + ": owned by user 65534"));
  REQUIRE(chown(file.path.c_str(), 0, 0) == 0);
  CHECK_NOTHROW(load_trusted_board(file.path.string()));
}

TEST_CASE("root follows no link, and no file that extends another") {
  if (geteuid() != 0) return skip_test("needs root");
  const BoardFile file;
  const std::filesystem::path link = file.folder.path() / "link.toml";
  std::filesystem::create_symlink(file.path, link);
  CHECK(error_text([&] { load_trusted_board(link.string()); }) ==
        link.string() + ": a symbolic link; name the file itself");
  const std::filesystem::path upper = file.folder.path() / "upper.toml";
  std::ofstream(upper) << "extends = \"board.toml\"\n";
  CHECK_THROWS_AS(load_trusted_board(upper.string()), DataError);
  CHECK(error_text([&] { load_trusted_board(upper.string()); }) ==
        upper.string() +
            ": extends another file, which need not be root's: write its keys out here");
}

TEST_CASE("who is not root takes what can be read: links, others' files, files that extend") {
  const BoardFile file;
  const std::filesystem::path link = file.folder.path() / "link.toml";
  std::filesystem::create_symlink(file.path, link);
  const std::filesystem::path upper = file.folder.path() / "upper.toml";
  std::ofstream(upper) << "extends = \"board.toml\"\n";
  CHECK(loads_for_nobody(link));
  CHECK(loads_for_nobody(upper));
  chmod(file.path.c_str(), 0666);
  CHECK(loads_for_nobody(file.path));
  if (geteuid() != 0) return;
  chmod(file.path.c_str(), 0600);
  CHECK_FALSE(loads_for_nobody(file.path));
}
