#include "env/jetson/file_error.h"

#include <doctest/doctest.h>

#include <string>

#include "env/jetson/jetson_error.h"
#include "env/jetson/sysfs_file.h"

using namespace flyball;

TEST_CASE("an outcome without a code is a success") {
  CHECK_FALSE(FileError{});
  const FileError refused{std::make_error_code(std::errc::permission_denied), "/sys/some/file"};
  CHECK(refused);
  CHECK(std::string(refused.file) == "/sys/some/file");
  CHECK(FileError{JetsonError::kNotTaken, ""});
}

TEST_CASE("a file or device that is not there is gone, one that refuses is not") {
  CHECK(is_gone(std::error_code(ENOENT, std::generic_category())));
  CHECK(is_gone(std::error_code(ENODEV, std::system_category())));
  CHECK(is_gone(std::error_code(EBUSY, std::generic_category())));
  CHECK_FALSE(is_gone({}));
  for (const int number : {EACCES, EINVAL, EIO}) {
    CHECK_FALSE(is_gone(std::error_code(number, std::generic_category())));
  }
  // The same numbers of another category mean something else.
  for (int number = 0; number < 64; ++number) {
    CHECK_FALSE(is_gone(std::error_code(number, jetson_category())));
  }
}

TEST_CASE("a clock whose CPUs are offline is gone for now, one without files for good") {
  CHECK(is_offline(std::error_code(EBUSY, std::generic_category())));
  CHECK_FALSE(is_offline(std::error_code(ENODEV, std::generic_category())));
  CHECK_FALSE(is_offline({}));
}

TEST_CASE("the error of a file that was never there says that it is gone") {
  SysfsFile file("/no/such/board/file");
  long long number = 0;
  CHECK(is_gone(file.read(number)));
}
