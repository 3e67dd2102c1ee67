"""A report with a field of every kind that the admin has a control for."""

from django.db import models


class Named(models.Model):
    """Something with a name."""

    name = models.CharField(max_length=60, unique=True)

    class Meta:
        """Not a table of its own."""

        abstract = True

    def __str__(self):
        """Its name."""
        return self.name


class Station(Named):
    """A station, found by typing."""


class Person(Named):
    """A person, found in a pop-up."""


class Property(Named):
    """A kind of property, of which a report has several."""

    class Meta:
        """Its plural."""

        verbose_name_plural = "property"


class Motive(Named):
    """A possible motive, of which a report has several."""


OFFENCES = [(code, text) for code, text in enumerate(["Burglary", "Criminal damage", "Theft"], start=1)]
INJURIES = [("n", "Not hurt"), ("l", "Slight"), ("s", "Serious")]


class Report(models.Model):
    """A report of a crime."""

    source_reference = models.CharField(max_length=40)
    place = models.CharField(max_length=200, blank=True)
    circumstances = models.TextField(blank=True)
    offence = models.PositiveSmallIntegerField(choices=OFFENCES, null=True, blank=True)
    injury = models.CharField(max_length=1, choices=INJURIES, blank=True)
    hate_crime = models.BooleanField(default=False)
    date_of_offence = models.DateField(null=True, blank=True)
    time_of_offence = models.TimeField(null=True, blank=True)
    discovered_at = models.DateTimeField(null=True, blank=True)
    value_in_pounds = models.PositiveIntegerField(null=True, blank=True)
    address_of_sender = models.GenericIPAddressField(null=True, blank=True)
    nearest_station = models.ForeignKey(Station, models.PROTECT, null=True, blank=True)
    found_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True)
    property_taken = models.ManyToManyField(Property, blank=True)
    motives = models.ManyToManyField(Motive, blank=True)
    picture = models.FileField(blank=True)
    details = models.TextField(blank=True)

    def __str__(self):
        """Our number and theirs."""
        return f"Report {self.pk}, {self.source_reference}"


class Mark(models.Model):
    """A mark that was seen: a row of the report."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="marks")
    mark = models.CharField(max_length=60)

    def __str__(self):
        """What was seen."""
        return self.mark
