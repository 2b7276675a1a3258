/// Races, under jcstress: every outcome listed with its reason, forbidden ones last.
///
/// A race between classes that are not public stands in a class of their own package.
@NullMarked
package dev.ioreq.stress;

import org.jspecify.annotations.NullMarked;
