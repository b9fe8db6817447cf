// A generator of the draws of dropout: SFC64 (Doty-Humphrey, PractRand). For the device too.
#pragma once

namespace engine {

// The next words of generators, one or several side by side.
template <class Words>
inline Words next_words(Words& a, Words& b, Words& c, Words& counter) {
    const Words words = a + b + counter;
    counter += 1;
    a = b ^ (b >> 11);
    b = c + (c << 3);
    c = ((c << 24) | (c >> 40)) + words;
    return words;
}

}  // namespace engine
