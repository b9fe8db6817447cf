# The native engine's objects, by compiler and processor, for the checks here and in ../cuda. Each
# compiler is installed if it is missing (Debian).
NATIVE := ../../harness/engines/native
NATIVE_ENGINE := $(filter-out %/binding.cpp %/processor.cpp,$(wildcard $(NATIVE)/*.cpp))
NATIVE_HEADERS := $(wildcard $(NATIVE)/*.hpp)
NATIVE_OUT := ../../build/native
# Empty where another compiler may warn of something else.
STRICT := -Werror
# The options of CMakeLists.txt, except for the optimisation and the processor.
OPTIONS := -std=c++17 -ffp-contract=off -fno-fast-math -fno-math-errno -Wno-psabi -Wall -Wextra $(STRICT) -I$(NATIVE)

with-gcc-O2 := g++ -O2
with-gcc-O2-shipped := g++ -O2 -funroll-loops -fPIC
with-gcc-O3 := g++ -O3
with-clang-O2 := clang++ -O2
with-aarch64 := aarch64-linux-gnu-g++ -O2 -static
with-sanitized := g++ -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all
COMPILERS := gcc-O2 gcc-O2-shipped gcc-O3 clang-O2 aarch64 sanitized

for-avx2 := -mavx2 -mfma -mbmi2
# g++ 12 warns about a variable in its own header; clang++ does not know that warning.
for-avx512 := $(for-avx2) -mavx512f -mavx512bw -mavx512dq -mavx512vl -Wno-maybe-uninitialized -Wno-unknown-warning-option
for-neon :=
PROCESSORS := avx2 avx512 neon
# What every processor of this kind has that the engine runs on.
HERE := $(if $(filter x86_64,$(shell uname -m)),avx2,neon)

# $(call objects_of,gcc-O2-avx2)
objects_of = $(NATIVE_ENGINE:$(NATIVE)/%.cpp=$(NATIVE_OUT)/objects/$(1)/%.o)

define compiled_engine
$(NATIVE_OUT)/objects/$(1)-$(2)/%.o: $(NATIVE)/%.cpp $(NATIVE_HEADERS) ../native/objects.mk | $(firstword $(with-$(1)))
	@mkdir -p $$(@D)
	$(with-$(1)) $(for-$(2)) $(OPTIONS) -c $$< -o $$@
endef
$(foreach compiler,$(COMPILERS),$(foreach processor,$(PROCESSORS),$(eval $(call compiled_engine,$(compiler),$(processor)))))

.PHONY: g++ clang++ aarch64-linux-gnu-g++ qemu
g++: ; @command -v $@ > /dev/null || $(call install,g++)
clang++: ; @command -v $@ > /dev/null || $(call install,clang)
aarch64-linux-gnu-g++: ; @command -v $@ > /dev/null || $(call install,g++-aarch64-linux-gnu)
qemu: ; @command -v qemu-aarch64-static > /dev/null || $(call install,qemu-user-static)
AS_ROOT := $(if $(filter-out 0,$(shell id -u)),sudo)
# One after the other, even under -j: apt-get does not wait for itself.
install = flock ../native/objects.mk $(AS_ROOT) sh -c "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1)"
