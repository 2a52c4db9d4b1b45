"""Every error and warning that sklkd raises on purpose."""

__all__ = [
    "CacheWarning",
    "DivergedError",
    "PluginError",
    "TeacherError",
    "UnknownNameError",
    "UnweightedStudentWarning",
    "UnweightedTeacherWarning",
]


class TeacherError(ValueError):
    """The teacher, or what it said, does not fit the data."""


class DivergedError(ValueError):
    """Training or prediction left the finite numbers."""


class UnknownNameError(KeyError, ValueError):
    """No plugin of this name; the message suggests the nearest one."""

    # A KeyError would show the message as a quoted string.
    __str__ = Exception.__str__


class PluginError(ImportError):
    """A plugin is known by name and cannot be loaded, or its name is taken."""


class UnweightedTeacherWarning(UserWarning):
    """The teacher takes no sample weights and was fitted without them."""


class UnweightedStudentWarning(UserWarning):
    """The student takes no sample weights; what it learns from is rounded."""


class CacheWarning(UserWarning):
    """A teacher cannot be identified by content, so its targets are not cached."""
